// Statements, each prepared once; every call is one durable transaction or one snapshot.
import Database from 'better-sqlite3';
import { and, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { conversations, messages, migration } from './schema.js';

const user = 'local';
const at = (name) => sql.placeholder(name);

/** Opens the database. `synchronous` is FULL except while the runner seeds. */
export function openStore(path, synchronous) {
  const sqlite = new Database(path);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma(`synchronous = ${synchronous}`);
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('cache_size = -65536');
  sqlite.pragma('mmap_size = 1073741824');
  sqlite.exec(migration);
  const db = drizzle(sqlite);

  const insertConversation = db
    .insert(conversations)
    .values({ id: at('id'), userId: user, title: at('title'), model: at('model'), createdAt: at('now'), updatedAt: at('now') })
    .prepare();
  const insertMessage = db
    .insert(messages)
    .values({ id: at('id'), conversationId: at('conversationId'), role: at('role'), content: at('content'), createdAt: at('now') })
    .prepare();
  const touchConversation = db
    .update(conversations)
    .set({ updatedAt: sql`${at('now')}`, messageCount: sql`${conversations.messageCount} + 1` })
    .where(and(eq(conversations.id, at('conversationId')), eq(conversations.userId, user)))
    .prepare();
  const selectConversation = db
    .select()
    .from(conversations)
    .where(and(eq(conversations.id, at('id')), eq(conversations.userId, user)))
    .prepare();
  const newestMessages = db
    .select()
    .from(messages)
    .where(eq(messages.conversationId, at('conversationId')))
    .orderBy(desc(messages.createdAt))
    .limit(at('limit'))
    .prepare();
  const newestConversations = db
    .select()
    .from(conversations)
    .where(eq(conversations.userId, user))
    .orderBy(desc(conversations.updatedAt))
    .limit(at('limit'))
    .prepare();

  // better-sqlite3's own transaction wrapper prepares BEGIN and COMMIT once; Drizzle's makes a session object per call.
  const append = sqlite.transaction((message) => {
    if (touchConversation.run(message).changes === 0) return false;
    insertMessage.run(message);
    return true;
  });

  return {
    append: (message) => append.immediate(message),
    createConversation: (conversation) => insertConversation.run(conversation),
    conversation: (id) => selectConversation.get({ id }),
    messages: (conversationId, limit) => newestMessages.all({ conversationId, limit }).reverse(),
    conversations: (limit) => newestConversations.all({ limit }),
    close: () => sqlite.close(),
  };
}
