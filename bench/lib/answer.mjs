// bench/answer OLD NEW: two binaries of this program in turns store the same streamed answers. Counts statements and bytes, says NEW as a share of OLD, and
// writes bench/results/answer-*.json.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './contestants.mjs';
import { median } from './figures.mjs';
import { expect, send } from './http.mjs';
import { Server } from './server.mjs';
import { startUpstream } from './upstream.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '5' } } });
if (positionals.length !== 2) {
  console.error('usage: bench/answer OLD NEW [--rounds N]    paths of two threadkeep binaries');
  process.exit(2);
}
const folder = path.join(root, 'build/bench/answer'); // beside the sources: /tmp may be memory, which syncs nothing
const counter = path.join(folder, 'count_statements.so');
const kinds = [
  { label: '100 KiB in 1 s', bytes: 100 << 10, durationMs: 1_000 },
  { label: '100 KiB in 10 s', bytes: 100 << 10, durationMs: 10_000 },
  { label: '10 KiB in 10 s', bytes: 10 << 10, durationMs: 10_000 },
  { label: '790 KB letter by letter', bytes: 790_000, durationMs: 5_000, pieceBytes: 1 },
];

async function start(name, binary, upstream) {
  const home = path.join(folder, name);
  fs.mkdirSync(home, { recursive: true });
  const file = path.join(home, 'statements');
  const environment = [`LD_PRELOAD=${counter}`, `STATEMENTS_FILE=${file}`, `OPENAI_BASE_URL=${upstream.url}`, 'OPENAI_API_KEY=none'];
  const serve = (port) => [path.resolve(binary), 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${home}/threadkeep.db`];
  const server = await Server.start((port) => ['env', ...environment, ...serve(port)], '/readyz');
  return { server, file };
}

function counted({ server, file }) {
  const io = fs.readFileSync(`/proc/${server.child.pid}/io`, 'utf8');
  return { statements: Number(fs.readFileSync(file).readBigUInt64LE()), bytes: Number(io.match(/^write_bytes: (\d+)/m)[1]) };
}

async function stream(running) {
  const { port } = running.server;
  const { id } = await expect(201, port, 'POST', '/api/conversations', { title: 'A long answer' });
  const before = counted(running);
  const question = { message: { content: [{ type: 'text', text: 'Tell me about the harbour.' }] }, models: ['openai/gpt-stream'] };
  const events = await send(port, 'POST', `/api/conversations/${id}/generations`, question);
  if (events.status !== 200 || !events.body.includes('"status":"complete"')) throw new Error(`the answer did not come: ${events.body.slice(-300)}`);
  const after = counted(running);
  return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

async function measure(kind) {
  const upstream = await startUpstream(kind);
  const running = {};
  for (const [i, name] of ['before', 'after'].entries()) running[name] = await start(name, positionals[i], upstream);
  const rounds = [];
  for (let round = -1; round < Number(options.rounds); round++) {
    const figures = {};
    for (const name of round % 2 === 0 ? ['before', 'after'] : ['after', 'before']) figures[name] = await stream(running[name]);
    if (round >= 0) rounds.push(figures); // the first one warms up
  }
  for (const { server } of Object.values(running)) await server.stop();
  upstream.close();
  return [['statements', 'statements'], ['bytes', 'bytes written']].map(([figure, label]) => {
    const value = (name) => Math.round(median(rounds.map((each) => each[name][figure])));
    const share = median(rounds.map((each) => each.after[figure] / each.before[figure]));
    return { what: `${kind.label}: ${label}`, before: value('before'), after: value('after'), share };
  });
}

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', counter, path.join(root, 'bench/raw/count_statements.c'), '-ldl']);
const rows = [];
for (const kind of kinds) rows.push(...(await measure(kind)));
for (const { what, before, after, share } of rows) console.log(`${share.toFixed(2)}  ${what}: ${before} before, ${after} after`);
const date = new Date().toISOString().slice(0, 10);
fs.writeFileSync(path.join(root, 'bench/results', `answer-${date}.json`), `${JSON.stringify({ date, rounds: Number(options.rounds), rows }, null, 1)}\n`);
fs.rmSync(folder, { recursive: true, force: true });
process.exit(0);
