-- Tools whose calls need not be confirmed in a conversation are one of its settings: when they were edited last.
ALTER TABLE conversations ADD COLUMN allowed_tools_edited_at BIGINT NOT NULL DEFAULT 0;
