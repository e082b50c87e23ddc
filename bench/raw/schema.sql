-- Approximation
CREATE TABLE users (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL);
CREATE TABLE conversations (
  key INTEGER PRIMARY KEY, user INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, updated_at INTEGER NOT NULL,
  message_count INTEGER NOT NULL, head INTEGER, seq INTEGER NOT NULL
);
CREATE INDEX conversations_list ON conversations (user, updated_at);
CREATE TABLE messages (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent INTEGER, role INTEGER NOT NULL, content TEXT NOT NULL,
  created_at INTEGER NOT NULL, seq INTEGER NOT NULL
);
