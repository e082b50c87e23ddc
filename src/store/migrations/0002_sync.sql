-- What the change feed, edits made offline, pushes, the trash and restored backups need.

-- How many numbers of the row's transaction stand behind its own: a page of the feed goes on until there are none.
ALTER TABLE messages ADD COLUMN seq_rest BIGINT NOT NULL DEFAULT 0;

ALTER TABLE conversations ADD COLUMN is_unread SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN erased_at BIGINT;
-- When each field was edited last; 0: never by hand.
ALTER TABLE conversations ADD COLUMN title_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN is_archived_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN is_pinned_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN is_unread_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN folder_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN tags_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN model_edited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN head_edited_at BIGINT NOT NULL DEFAULT 0;

UPDATE conversations SET erased_at = deleted_at WHERE state = 2;
CREATE INDEX conversations_trash ON conversations (deleted_at) WHERE state = 1;
CREATE INDEX conversations_erased ON conversations (erased_at) WHERE state = 2;

-- Pushed operations that were run.
CREATE TABLE operations (
  owner BIGINT NOT NULL,            -- the user's number
  id ${bytes} NOT NULL,
  ran_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX operations_id ON operations (owner, id);
CREATE INDEX operations_ran_at ON operations (ran_at);

-- The histories that this database went through; the latest is the present one. users.epoch_start_seq of 0001 is not used.
CREATE TABLE epochs (
  number BIGINT NOT NULL,
  began_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX epochs_number ON epochs (number);
INSERT INTO epochs (number, began_at) VALUES (1, 0);

-- The latest number of each user's commit sequence when an epoch began.
CREATE TABLE epoch_starts (
  owner BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX epoch_starts_owner ON epoch_starts (owner, epoch);
