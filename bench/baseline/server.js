// Fastify over the Drizzle store, one process: node server.js PORT DATABASE [SYNCHRONOUS]
import Fastify from 'fastify';
import { openStore } from './store.js';

const [port, path, synchronous = 'FULL'] = process.argv.slice(2);
const store = openStore(path, synchronous);
const app = Fastify({ logger: false, bodyLimit: 8 << 20 });

const ulid = { type: 'string', pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$' };
const limit = (standard) => ({ type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 200, default: standard } } });
const params = { type: 'object', properties: { id: ulid }, required: ['id'] };
const newConversation = {
  type: 'object',
  required: ['id'],
  properties: { id: ulid, title: { type: 'string' }, model: { type: 'string' } },
};
const newMessage = {
  type: 'object',
  required: ['id', 'role', 'content'],
  properties: {
    id: ulid,
    role: { enum: ['user', 'assistant', 'system', 'tool'] },
    content: {
      type: 'array',
      items: { type: 'object', required: ['type'], properties: { type: { type: 'string' }, text: { type: 'string' } } },
    },
  },
};
const hello = { '2xx': { type: 'object', properties: { message: { type: 'string' } } } };
const missing = (reply) => reply.code(404).send({ title: 'Not found', status: 404 });

app.get('/hello', { schema: { response: hello } }, async () => ({ message: 'Hello, World!' }));
app.get('/readyz', async () => ({ status: 'ok' }));

app.get('/api/conversations', { schema: { querystring: limit(20) } }, async (request) => {
  return { conversations: store.conversations(request.query.limit), nextCursor: null };
});

app.post('/api/conversations', { schema: { body: newConversation } }, async (request, reply) => {
  const { id, title = 'New conversation', model = null } = request.body;
  store.createConversation({ id, title, model, now: Date.now() });
  return reply.code(201).send(store.conversation(id));
});

app.get('/api/conversations/:id', { schema: { params } }, async (request, reply) => {
  return store.conversation(request.params.id) ?? missing(reply);
});

app.get('/api/conversations/:id/messages', { schema: { params, querystring: limit(50) } }, async (request) => {
  return { messages: store.messages(request.params.id, request.query.limit), nextCursor: null };
});

app.post('/api/conversations/:id/messages', { schema: { params, body: newMessage } }, async (request, reply) => {
  const { id, role, content } = request.body;
  const message = { id, conversationId: request.params.id, role, content, now: Date.now() };
  if (!store.append(message)) return missing(reply);
  return reply.code(201).send({ id, conversationId: message.conversationId, role, content, createdAt: message.now });
});

app.setErrorHandler((error, request, reply) => {
  const status = error.code?.startsWith('SQLITE_CONSTRAINT') ? 409 : (error.statusCode ?? 500);
  return reply.code(status).send({ title: error.message, status });
});

process.on('SIGTERM', async () => {
  await app.close();
  store.close();
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
