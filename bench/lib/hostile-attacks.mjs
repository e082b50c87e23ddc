// The attacks of bench/hostile, on a server that runs; each resolves when there is nothing more to send, or when all was answered.
import http from 'node:http';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, send } from './http.mjs';

const mebibyte = 1 << 20;
const localAddress = '127.0.0.2'; // another one than the others', as attackers have
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const ulid = () => '01K' + [...randomBytes(23)].map((byte) => alphabet[byte & 31]).join('');
export const textBlock = (text) => [{ type: 'text', text }];

/** Connections of an attacker to the server at `port`, all closed by `close()`. */
export class Attacker {
  sockets = [];

  static async start(port) {
    const attacker = new Attacker();
    attacker.port = port;
    attacker.conversation = (await expect(201, port, 'POST', '/api/conversations', {})).id;
    return attacker;
  }
  close() {
    for (const socket of this.sockets) socket.destroy();
  }
  // A connection that sends these bytes, and reads only when told.
  async open(pieces, { isRead = false } = {}) {
    const socket = net.connect({ port: this.port, host: '127.0.0.1', localAddress });
    this.sockets.push(socket);
    socket.on('error', () => {});
    if (isRead) socket.resume();
    else socket.pause();
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    for (const piece of pieces) {
      if (socket.destroyed) return;
      if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve).once('close', resolve)), sleep(1_000)]);
    }
  }
  head(method, target, more = '') {
    return `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n${more}\r\n`;
  }
  append(bytes, id = ulid()) {
    return send(this.port, 'POST', `/api/conversations/${this.conversation}/messages`, { id, role: 'user', content: textBlock('a'.repeat(bytes)) });
  }
  // Pushes the one operation `count` times.
  async push(count, text) {
    const { epoch } = await expect(200, this.port, 'GET', '/api/snapshot?limit=1');
    const message = { id: this.pushed.message, role: 'user', content: textBlock(text) };
    const operation = { id: this.pushed.operation, type: 'append-message', conversationId: this.conversation, message };
    return send(this.port, 'POST', '/api/push', { epoch, operations: Array(count).fill(operation) });
  }
  // Uploads a file that `pieces` makes, and waits for the report.
  upload(pieces) {
    return new Promise((resolve) => {
      const request = http.request({ localAddress, host: '127.0.0.1', port: this.port, method: 'POST', path: '/api/import?name=x.json', headers: { 'content-type': 'application/json' } }, (response) => response.resume().on('end', resolve).on('error', resolve));
      request.on('error', resolve);
      (async () => {
        const closed = new Promise((next) => request.once('close', next));
        for (const piece of pieces()) {
          if (request.destroyed) return;
          if (!request.write(piece)) await Promise.race([new Promise((next) => request.once('drain', next)), closed]);
        }
        request.end();
      })();
      this.sockets.push(request);
    });
  }
  ask(model) {
    const body = JSON.stringify({ models: [`openai/${model}`], message: { id: ulid(), content: textBlock('go on') } });
    return new Promise((resolve) => {
      const request = http.request({ localAddress, host: '127.0.0.1', port: this.port, method: 'POST', path: `/api/conversations/${this.conversation}/generations`, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => response.resume().on('end', resolve).on('error', resolve));
      request.on('error', resolve);
      request.end(body);
      this.sockets.push(request);
    });
  }
}

const node = (parent, children, text) => ({ parent, children, message: { author: { role: 'user' }, create_time: 1.7e9, content: { content_type: 'text', parts: [text] } } });
const exported = (id, text) => JSON.stringify({ title: id, conversation_id: id, mapping: { a: node(null, ['b'], text), b: node('a', [], text) } });
function longConversation(title, count) {
  const nodes = Array.from({ length: count }, (_, i) => `"${i}":{"message":{"author":{"role":"user"},"content":"m"}${i ? `,"parent":"${i - 1}"` : ''}}`);
  return `{"title":"${title}","conversation_id":"${title}","mapping":{${nodes}}}`;
}
function* list(items) {
  let comma = '[';
  for (const item of items) {
    yield comma + item;
    comma = ',';
  }
  yield ']';
}
function* times(count, make) {
  for (let i = 0; i < count; i += 1) yield make(i);
}

/** What an attack needs to be there before it: honest requests, which are not measured. */
export const preparations = {
  async 'pages that nobody reads'(it) {
    for (let i = 0; i < 24; i += 1) await it.append(4 * mebibyte - 200);
  },
  async 'a push of 100 repeats'(it) {
    it.pushed = { operation: ulid(), message: ulid() };
    await it.push(1, 'a'.repeat(4 * mebibyte - 200));
  },
};

export const attacks = {
  async 'bodies that lack a byte'(it) {
    const body = Buffer.alloc(mebibyte, ' ');
    const head = it.head('POST', '/api/conversations', `Content-Type: application/json\r\nContent-Length: ${8 * mebibyte}\r\n`);
    for (let i = 0; i < 200; i += 1) await it.open([head, ...Array(7).fill(body), body.subarray(1)], { isRead: true });
  },
  async 'pages that nobody reads'(it) {
    for (let i = 0; i < 5; i += 1) await it.open([it.head('GET', `/api/conversations/${it.conversation}/messages?limit=200`).repeat(16)]);
    await sleep(5_000);
  },
  async 'a push of 100 repeats'(it) {
    for (let i = 0; i < 5; i += 1) await it.push(100, 'a');
  },
  'an import of 9,990 long titles': (it) => it.upload(() => list(times(9_990, (i) => JSON.stringify({ title: `${i}`.padEnd(100_000, 'x') })))),
  'two imports of 81 MB': (it) => Promise.all([0, 1].map((n) => it.upload(() => list(times(9_000, (i) => exported(`c${n}-${i}`, 'word '.repeat(900))))))),
  'an import of one conversation of 250 MiB': (it) =>
    it.upload(function* () {
      yield '[{"title":"large","mapping":{"a":{"message":{"author":{"role":"user"},"content":"';
      for (let i = 0; i < 250; i += 1) yield 'x'.repeat(mebibyte);
      yield '"}}}}]';
    }),
  'an import of 190,000 messages in one conversation': (it) =>
    it.upload(function* () {
      yield '[{"title":"long","mapping":{"0":{"message":{"author":{"role":"user"},"content":"m"}}';
      for (let i = 1; i < 190_000; i += 1) yield `,"${i}":{"message":{"author":{"role":"user"},"content":"m"},"parent":"${i - 1}"}`;
      yield '}}]';
    }),
  'an import of a million messages': (it) => it.upload(() => list(times(1_000, (i) => longConversation(`m${i}`, 1_000)))),
  async '1,100 half-open heads'(it) {
    for (let i = 0; i < 1_100; i += 1) await it.open(['GET /api/me HTTP/1.1\r\nHost: x\r\n']);
    await sleep(12_000); // a head may take 10 s
  },
  'a model that sends 64 MiB of spaces': (it) => it.ask('spaces'),
  'a model that sends single letters': (it) => it.ask('letters'),
  'a model that asks for 400 tools': (it) => it.ask('calls'),
  'a model that asks for 150,000 tools': (it) => it.ask('manyCalls'),
  'a model that sends 15 MiB at once': (it) => it.ask('oneDelta'),
};

