-- How the models of a conversation are asked: a JSON object of what a person set.
ALTER TABLE conversations ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversations ADD COLUMN system_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN temperature_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN max_tokens_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN effort_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN tools_edited_at BIGINT NOT NULL DEFAULT 0;
