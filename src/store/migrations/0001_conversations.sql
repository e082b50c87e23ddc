-- One key leads to everything: messages.key = user(20 bits) | conversation of the user(20) | position(23), conversations.key is
-- that without the position. One user's rows lie together, a page of a conversation is one range, and a range of keys names a user.
-- ${key} and ${bytes} are the engine's words for "the integer that the table is ordered by" and "bytes".

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ${bytes} NOT NULL
);

CREATE TABLE users (
  number ${key},
  id ${bytes} NOT NULL,
  seq BIGINT NOT NULL,              -- the user's commit sequence: the latest one that was given away
  conversations BIGINT NOT NULL,    -- the number of the user's latest conversation
  min_seq BIGINT NOT NULL,          -- the change feed is whole from here on
  epoch_start_seq BIGINT NOT NULL   -- seq when the present epoch began
);
CREATE UNIQUE INDEX users_id ON users (id);

CREATE TABLE conversations (
  key ${key},
  id ${bytes} NOT NULL,
  seq BIGINT NOT NULL,
  rev BIGINT NOT NULL,
  state SMALLINT NOT NULL,          -- 0 live, 1 in the trash, 2 erased
  is_archived SMALLINT NOT NULL,
  is_pinned SMALLINT NOT NULL,
  title_source SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  last_position BIGINT NOT NULL,
  jump_count BIGINT NOT NULL,       -- its rows in jumps: nearly always 0, and then nothing is looked up there
  message_count BIGINT NOT NULL,
  head_position BIGINT NOT NULL,    -- 0: none
  head_id ${bytes},
  title TEXT NOT NULL,
  model TEXT,
  folder TEXT,
  tags TEXT NOT NULL,               -- a JSON array of strings
  metadata TEXT NOT NULL,
  created_as ${bytes} NOT NULL      -- a hash of what it was created with
);
-- A conversation's id belongs to one user only.
CREATE UNIQUE INDEX conversations_id ON conversations (id);
CREATE UNIQUE INDEX conversations_feed ON conversations ((key >> 20), seq);
CREATE INDEX conversations_list ON conversations ((key >> 20), state, is_archived, updated_at, id);
CREATE INDEX conversations_pinned ON conversations ((key >> 20), state, updated_at, id) WHERE is_pinned = 1;
CREATE INDEX conversations_folder ON conversations ((key >> 20), folder, state, updated_at, id) WHERE folder IS NOT NULL;

CREATE TABLE conversation_tags (
  conversation BIGINT NOT NULL,
  tag TEXT NOT NULL
);
CREATE UNIQUE INDEX conversation_tags_conversation ON conversation_tags (conversation, tag);
CREATE INDEX conversation_tags_tag ON conversation_tags ((conversation >> 20), tag, conversation);

CREATE TABLE messages (
  key ${key},
  id ${bytes} NOT NULL,
  seq BIGINT NOT NULL,
  role SMALLINT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,
  token_count BIGINT,
  model TEXT,
  usage TEXT,
  error TEXT,
  metadata TEXT NOT NULL,
  content TEXT NOT NULL             -- last: what stands before it is read without it
);
CREATE UNIQUE INDEX messages_id ON messages ((key >> 43), id);
CREATE UNIQUE INDEX messages_feed ON messages ((key >> 43), seq);
CREATE INDEX messages_unfinished ON messages (status) WHERE status IN (1, 2);

-- The messages that do not answer the one before them: keys of child and parent; position 0 stands for no parent.
CREATE TABLE jumps (
  child ${key},
  parent BIGINT NOT NULL
);
CREATE INDEX jumps_parent ON jumps (parent, child);
