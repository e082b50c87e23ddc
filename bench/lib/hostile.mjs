// See bench/hostile. The others are one client that lists and appends every 10 ms, and one that watches an answer of a well-behaved model.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import http from 'node:http';
import { expect, send } from './http.mjs';
import { Server } from './server.mjs';
import { startHostileUpstream } from './hostile-upstream.mjs';

const { values: options } = parseArgs({
  options: { server: { type: 'string', default: 'build/release/threadkeep' }, only: { type: 'string', default: '' }, out: { type: 'string', default: '' }, 'seconds-max': { type: 'string', default: '20' } },
});
const attackMsMax = Number(options['seconds-max']) * 1_000;
const mebibyte = 1 << 20;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ulid = () => '01K' + [...randomBytes(23)].map((byte) => alphabet[byte & 31]).join('');
const textBlock = (text) => [{ type: 'text', text }];

class Attacked {
  sockets = [];

  static async start() {
    const attacked = new Attacked();
    attacked.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'threadkeep-hostile-'));
    attacked.upstream = await startHostileUpstream();
    process.env.OPENAI_BASE_URL = attacked.upstream.url;
    process.env.OPENAI_API_KEY = 'none';
    attacked.server = await Server.start((port) => [options.server, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${attacked.folder}/t.db`], '/healthz');
    attacked.port = attacked.server.port;
    attacked.conversation = (await expect(201, attacked.port, 'POST', '/api/conversations', {})).id;
    return attacked;
  }
  async end() {
    for (const socket of this.sockets) socket.destroy();
    this.upstream.close();
    await this.server.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
  // A connection that sends these bytes, and reads only when told.
  async open(pieces, { isRead = false } = {}) {
    const socket = net.connect(this.port, '127.0.0.1');
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
  // Uploads a file that `pieces` makes, and waits for the report.
  upload(pieces) {
    return new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method: 'POST', path: '/api/import?name=x.json', headers: { 'content-type': 'application/json' } }, (response) => response.resume().on('end', resolve).on('error', resolve));
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
  // Asks a model; `onBytes` is called with what comes.
  ask(model, onBytes = () => {}) {
    const body = JSON.stringify({ models: [`openai/${model}`], message: { id: ulid(), content: textBlock('go on') } });
    return new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method: 'POST', path: `/api/conversations/${this.conversation}/generations`, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => response.on('data', onBytes).on('end', resolve).on('error', resolve));
      request.on('error', resolve);
      request.end(body);
      this.sockets.push(request);
    });
  }
}

const node = (parent, children, text) => ({ parent, children, message: { author: { role: 'user' }, create_time: 1.7e9, content: { content_type: 'text', parts: [text] } } });
const exported = (id, text) => JSON.stringify({ title: id, conversation_id: id, mapping: { a: node(null, ['b'], text), b: node('a', [], text) } });
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

const attacks = {
  async 'bodies that lack a byte'(it) {
    const body = Buffer.alloc(mebibyte, ' ');
    const head = it.head('POST', '/api/conversations', `Content-Type: application/json\r\nContent-Length: ${8 * mebibyte}\r\n`);
    for (let i = 0; i < 200; i += 1) await it.open([head, ...Array(7).fill(body), body.subarray(1)], { isRead: true });
  },
  async 'pages that nobody reads'(it) {
    for (let i = 0; i < 24; i += 1) await it.append(4 * mebibyte - 200);
    for (let i = 0; i < 5; i += 1) await it.open([it.head('GET', `/api/conversations/${it.conversation}/messages?limit=200`).repeat(16)]);
    await sleep(5_000);
  },
  async 'a push of 100 repeats'(it) {
    const { epoch } = await expect(200, it.port, 'GET', '/api/snapshot?limit=1');
    const id = ulid();
    const message = ulid();
    const body = (text) => ({ id, type: 'append-message', conversationId: it.conversation, message: { id: message, role: 'user', content: textBlock(text) } });
    await send(it.port, 'POST', '/api/push', { epoch, operations: [body('a'.repeat(4 * mebibyte - 200))] });
    for (let i = 0; i < 5; i += 1) await send(it.port, 'POST', '/api/push', { epoch, operations: Array(100).fill(body('a')) });
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
  async '1,000 half-open heads'(it) {
    for (let i = 0; i < 1_000; i += 1) await it.open(['GET /api/me HTTP/1.1\r\nHost: x\r\n']);
    await sleep(3_000);
  },
  'a model that sends 64 MiB of spaces': (it) => it.ask('spaces'),
  'a model that sends single letters': (it) => it.ask('letters'),
  'a model that asks for 400 tools': (it) => it.ask('calls'),
  'a model that asks for 150,000 tools': (it) => it.ask('manyCalls'),
  'a model that sends 15 MiB at once': (it) => it.ask('oneDelta'),
};

const rounded = (ms) => Math.round(ms * 10) / 10;
function figures(ms) {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

// The others, until stopped: times of requests, and the gaps in a steady answer.
function watchOthers(it) {
  const seen = { requests: [], gaps: [], rssKib: 0, failures: 0 };
  let isOver = false;
  let last = null;
  const other = ulid();
  it.steady = (async () => {
    await send(it.port, 'POST', '/api/conversations', { id: other });
    const held = it.conversation;
    it.conversation = other;
    const asked = it.ask('steady', () => {
      const now = performance.now();
      if (last !== null && !isOver) seen.gaps.push(now - last);
      last = now;
    });
    it.conversation = held;
    return asked;
  })();
  const looking = setInterval(() => (seen.rssKib = Math.max(seen.rssKib, it.server.memory().anonymousKib)), 50);
  const asking = (async () => {
    while (!isOver) {
      for (const [method, target, body] of [['GET', '/api/conversations'], ['POST', `/api/conversations/${other}/messages`, { role: 'user', content: textBlock('x') }]]) {
        const began = performance.now();
        const { status } = await send(it.port, method, target, body).catch(() => ({ status: 0 }));
        if (status < 200 || status > 299) seen.failures += 1;
        seen.requests.push(performance.now() - began);
      }
      await sleep(10);
    }
  })();
  return async () => {
    isOver = true;
    await asking;
    clearInterval(looking);
    return { requests: figures(seen.requests), gaps: figures(seen.gaps), rssMib: seen.rssKib >> 10, failures: seen.failures };
  };
}

async function run(attack) {
  const it = await Attacked.start();
  try {
    let end = watchOthers(it);
    await sleep(3_000);
    const quiet = await end();
    end = watchOthers(it);
    await sleep(500);
    const began = performance.now();
    await Promise.race([attack(it), sleep(attackMsMax)]);
    const took = performance.now() - began;
    await sleep(500);
    return { quiet, attacked: await end(), tookMs: Math.round(took) };
  } finally {
    await it.end();
  }
}

const only = options.only.split(',').filter(Boolean);
const results = {};
console.log('attack | took s | quiet p99 ms | others p99 ms | max ms | answer gap p99 / max ms | MiB | refused');
for (const [name, attack] of Object.entries(attacks)) {
  if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
  try {
    const result = (results[name] = await run(attack));
    const { quiet, attacked, tookMs } = result;
    console.log([name, rounded(tookMs / 1_000), quiet.requests.p99, attacked.requests.p99, attacked.requests.max, `${attacked.gaps.p99} / ${attacked.gaps.max}`, attacked.rssMib, attacked.failures].join(' | '));
  } catch (error) {
    results[name] = { failed: String(error) };
    console.log(`${name} | failed: ${error}`);
  }
}
if (options.out) fs.writeFileSync(options.out, JSON.stringify(results, null, 1));
process.exit(0);
