-- Messages that are deleted alone.

-- 0 live, 1 in the trash, 2 erased, 3 erased with its conversation. deleted_at is set for all but the live ones.
ALTER TABLE messages ADD COLUMN state SMALLINT NOT NULL DEFAULT 0;
-- When its deleting or restoring was last asked for; 0: never.
ALTER TABLE messages ADD COLUMN deletion_edited_at BIGINT NOT NULL DEFAULT 0;
UPDATE messages SET state = 3 WHERE deleted_at IS NOT NULL;

-- Those that the tree of a conversation is shown without: in most there are none, and then nothing is looked up here.
CREATE INDEX messages_deleted ON messages ((key >> 23)) WHERE state IN (1, 2);
CREATE INDEX messages_trash ON messages (deleted_at) WHERE state = 1;
