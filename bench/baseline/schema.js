// The tables as a Drizzle user writes them: text ids, JSON columns, one index for the message list, one for the sidebar.
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const conversations = sqliteTable(
  'conversations',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    title: text('title').notNull(),
    model: text('model'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    messageCount: integer('message_count').notNull().default(0),
    isArchived: integer('is_archived', { mode: 'boolean' }).notNull().default(false),
    isPinned: integer('is_pinned', { mode: 'boolean' }).notNull().default(false),
    folder: text('folder'),
    tags: text('tags', { mode: 'json' }).notNull().default([]),
    metadata: text('metadata', { mode: 'json' }).notNull().default({}),
  },
  (table) => [index('conversations_user_updated').on(table.userId, table.updatedAt)],
);

export const messages = sqliteTable(
  'messages',
  {
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    role: text('role').notNull(),
    content: text('content', { mode: 'json' }).notNull(),
    model: text('model'),
    createdAt: integer('created_at').notNull(),
    tokenCount: integer('token_count'),
    metadata: text('metadata', { mode: 'json' }).notNull().default({}),
  },
  (table) => [index('messages_conversation_created').on(table.conversationId, table.createdAt)],
);

// What `drizzle-kit generate` makes of the above.
export const migration = `
CREATE TABLE IF NOT EXISTS conversations (
  id text PRIMARY KEY NOT NULL, user_id text NOT NULL, title text NOT NULL, model text,
  created_at integer NOT NULL, updated_at integer NOT NULL, message_count integer DEFAULT 0 NOT NULL,
  is_archived integer DEFAULT false NOT NULL, is_pinned integer DEFAULT false NOT NULL, folder text,
  tags text DEFAULT '[]' NOT NULL, metadata text DEFAULT '{}' NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_user_updated ON conversations (user_id, updated_at);
CREATE TABLE IF NOT EXISTS messages (
  id text PRIMARY KEY NOT NULL, conversation_id text NOT NULL, role text NOT NULL, content text NOT NULL, model text,
  created_at integer NOT NULL, token_count integer, metadata text DEFAULT '{}' NOT NULL,
  FOREIGN KEY (conversation_id) REFERENCES conversations (id) ON DELETE cascade
);
CREATE INDEX IF NOT EXISTS messages_conversation_created ON messages (conversation_id, created_at);
`;
