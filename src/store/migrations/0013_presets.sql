-- Settings for more than one conversation: those with a name, those of a folder, and the default.
CREATE TABLE presets (
  key ${key},                       -- user(20 bits) | number among the user's presets(20)
  id TEXT NOT NULL,                 -- default, folder:NAME or a ULID
  seq BIGINT NOT NULL,
  rev BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,                -- nothing is set any more; forgotten after a time
  name TEXT,
  settings TEXT NOT NULL,           -- as in conversations
  name_edited_at BIGINT NOT NULL DEFAULT 0,
  system_edited_at BIGINT NOT NULL DEFAULT 0,
  temperature_edited_at BIGINT NOT NULL DEFAULT 0,
  max_tokens_edited_at BIGINT NOT NULL DEFAULT 0,
  effort_edited_at BIGINT NOT NULL DEFAULT 0,
  tools_edited_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX presets_id ON presets ((key >> 20), id);
CREATE UNIQUE INDEX presets_feed ON presets ((key >> 20), seq);
CREATE INDEX presets_deleted ON presets (deleted_at) WHERE deleted_at IS NOT NULL;
