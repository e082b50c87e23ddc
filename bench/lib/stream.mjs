// bench/stream: see there. Each delay is measured twice in the same run, through the server and from the model itself, in turns. Writes
// bench/results/stream-*.json.
import { execFileSync, fork } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root } from './contestants.mjs';
import { median } from './figures.mjs';
import { expect, forEach } from './http.mjs';
import { Server } from './server.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '8' }, many: { type: 'string', default: '500' } },
});
const binary = path.resolve(positionals[0] ?? path.join(root, 'build/release/threadkeep'));
const rounds = Number(options.rounds);
const measuredMs = Number(options.seconds) * 1000;
const many = Number(options.many);
const folder = path.join(root, 'build/bench/stream'); // beside the sources: /tmp may be memory, which syncs nothing
const now = () => performance.timeOrigin + performance.now();

function startModel() {
  const child = fork(path.join(root, 'bench/lib/stream-upstream.mjs'));
  return new Promise((resolve) => {
    child.once('message', ({ port }) => resolve({ port, endAnswers: () => child.send({ end: true }), stop: () => child.disconnect() }));
  });
}

async function startServer(model, more = []) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const environment = [`OPENAI_BASE_URL=http://127.0.0.1:${model.port}/v1`, 'OPENAI_API_KEY=none', 'THREADKEEP_TITLES=excerpt', ...more];
  return Server.start((port) => ['env', ...environment, binary, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${folder}/t.db`], '/readyz');
}

/** Reads a stream, and keeps how old each token was when it came. */
class Reading {
  delays = [];

  constructor(port, path, json) {
    const body = json && JSON.stringify(json);
    const headers = body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {};
    this.opened = new Promise((resolve, reject) => {
      this.request = http.request({ agent: false, host: '127.0.0.1', port, method: body ? 'POST' : 'GET', path, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode}`));
        let rest = '';
        response.setEncoding('utf8').on('data', (part) => {
          const at = now();
          const text = rest + part;
          const end = text.lastIndexOf('\n') + 1;
          rest = text.slice(end);
          // A block repeats what its deltas said.
          for (const line of text.slice(0, end).split('\n')) {
            if (!line.startsWith('data:') || line.includes('"block"')) continue;
            for (const [, sent] of line.matchAll(/t(\d{13}\.\d\d) /g)) this.delays.push(at - Number(sent));
          }
        });
        this.ended = new Promise((done) => response.on('end', done).on('error', done));
        resolve();
      });
      this.request.on('error', reject).end(body);
    });
  }
}

const direct = (model, name) => new Reading(model.port, '/v1/chat/completions', { model: name, stream: true, messages: [{ role: 'user', content: 'go on' }] });
async function through(server, name) {
  const { id } = await expect(201, server.port, 'POST', '/api/conversations', { title: 'A stream' });
  return new Reading(server.port, `/api/conversations/${id}/generations`, { models: [`openai/${name}`], message: { content: [{ type: 'text', text: 'go on' }] } });
}

function spread(readings) {
  const sorted = readings.flatMap(({ delays }) => delays).sort((a, b) => a - b);
  return { tokens: sorted.length, p50: sorted[Math.floor(sorted.length / 2)], p99: sorted[Math.floor(sorted.length * 0.99)] };
}

/** Streams `count` answers for the time of a measurement. */
async function stream(model, count, open) {
  const readings = [];
  await forEach(Array.from({ length: count }), async () => {
    const reading = await open();
    await reading.opened;
    readings.push(reading);
  });
  await sleep(1000); // everybody speaks
  for (const reading of readings) reading.delays = [];
  const server = open.server;
  const cpu = server?.cpuUs();
  await sleep(measuredMs);
  const result = { ...spread(readings), cores: server ? (server.cpuUs() - cpu) / 1000 / measuredMs : undefined, anonymousKib: server?.memory().anonymousKib };
  model.endAnswers();
  await Promise.all(readings.map(({ ended }) => ended));
  return result;
}

async function delays(model, count, name) {
  const server = await startServer(model);
  const idleKib = server.memory().anonymousKib;
  const open = Object.assign(() => through(server, name), { server });
  const seen = [];
  for (let round = 0; round < rounds; round++) {
    const turns = { direct: () => stream(model, count, () => direct(model, name)), server: () => stream(model, count, open) };
    const order = round % 2 ? ['server', 'direct'] : ['direct', 'server'];
    const figures = {};
    for (const turn of order) figures[turn] = await turns[turn]();
    seen.push(figures);
  }
  await server.stop();
  const of = (work) => median(seen.map(work));
  const expected = (count * Number(name.split('-')[1]) * measuredMs) / 1000;
  return {
    direct: { p50: of((each) => each.direct.p50), p99: of((each) => each.direct.p99) },
    server: { p50: of((each) => each.server.p50), p99: of((each) => each.server.p99) },
    addedP50: of((each) => each.server.p50 - each.direct.p50),
    ratioP50: of((each) => each.server.p50 / each.direct.p50),
    delivered: of((each) => each.server.tokens / expected),
    cores: of((each) => each.server.cores),
    kibPerStream: of((each) => (each.server.anonymousKib - idleKib) / count),
  };
}

/** Statements and bytes of the checkpoints of the first and of a later part of one answer. */
async function checkpoints(model) {
  const counter = path.join(root, 'build/bench/count_statements.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', counter, path.join(root, 'bench/raw/count_statements.c'), '-ldl']);
  const file = path.join(root, 'build/bench/stream-statements');
  const server = await startServer(model, [`LD_PRELOAD=${counter}`, `STATEMENTS_FILE=${file}`]);
  const counted = () => ({
    statements: Number(fs.readFileSync(file).readBigUInt64LE()),
    bytes: Number(fs.readFileSync(`/proc/${server.child.pid}/io`, 'utf8').match(/^write_bytes: (\d+)/m)[1]),
  });
  const reading = await through(server, 'tokens-200');
  await reading.opened;
  await sleep(1000);
  const parts = [];
  for (let part = 0; part < 4; part++) {
    const before = counted();
    await sleep(5000);
    const after = counted();
    parts.push({ afterSeconds: 1 + part * 5, statements: (after.statements - before.statements) / 20, bytes: (after.bytes - before.bytes) / 20 });
  }
  model.endAnswers();
  await reading.ended;
  await server.stop();
  return parts;
}

/** KiB of the server for each reader of an answer that says nothing. */
async function watchers(model) {
  const server = await startServer(model);
  const answers = await Promise.all(Array.from({ length: 8 }, () => through(server, 'silent')));
  await Promise.all(answers.map(({ opened }) => opened));
  const { conversations } = await expect(200, server.port, 'GET', '/api/conversations?limit=8');
  const ids = conversations.map(({ headId }) => headId);
  const watch = async (i) => {
    const reading = new Reading(server.port, `/api/generations/${ids[i % ids.length]}/events`);
    await reading.opened;
    return reading;
  };
  const settled = async () => {
    await sleep(3000);
    return server.memory().anonymousKib;
  };
  const readings = [];
  await forEach(Array.from({ length: 100 }, (_, i) => i), async (i) => readings.push(await watch(i))); // what is needed once
  const before = await settled();
  await forEach(Array.from({ length: 800 }, (_, i) => i), async (i) => readings.push(await watch(i)));
  const after = await settled();
  model.endAnswers();
  await Promise.all(readings.map(({ ended }) => ended));
  await server.stop();
  return { count: 800, kibEach: (after - before) / 800 };
}

const model = await startModel();
const result = { date: new Date().toISOString().slice(0, 10), rounds, seconds: Number(options.seconds), many };
result.one = await delays(model, 1, 'tokens-50');
result.all = await delays(model, many, 'tokens-50');
result.checkpoints = await checkpoints(model);
result.watchers = await watchers(model);
model.stop();
console.log(JSON.stringify(result, null, 1));
fs.writeFileSync(path.join(root, 'bench/results', `stream-${result.date}.json`), `${JSON.stringify(result, null, 1)}\n`);
fs.rmSync(folder, { recursive: true, force: true });
process.exit(0);
