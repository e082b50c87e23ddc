// bench/before OLD NEW: two binaries of this program in turns: appends, pages, lists, and a streamed answer. Says NEW as a share of OLD.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { conversationIds, groups, messages, texts } from './content.mjs';
import { measures, root } from './contestants.mjs';
import { median } from './figures.mjs';
import { expect, forEach, send } from './http.mjs';
import { measureServer } from './measure.mjs';
import { Server } from './server.mjs';
import { startUpstream } from './upstream.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '2' } },
});
if (positionals.length !== 2) {
  console.error('usage: bench/before OLD NEW [--rounds N] [--seconds S]    paths of two threadkeep binaries');
  process.exit(2);
}
const answer = { bytes: 100 << 10, durationMs: 3_000 };
const folder = path.join(root, 'build/bench/before'); // beside the sources: /tmp may be memory, which syncs nothing
const chosen = measures.filter(({ name }) => ['hello', 'append', 'append_one', 'page', 'list'].includes(name));
const input = (base) => path.join(folder, `${base}.txt`);

function writeFiles() {
  const pages = conversationIds('busy').map((id) => `/api/conversations/${id}/messages`);
  const files = { busy: pages, list: ['/api/conversations?limit=20'], hello: ['/healthz'], texts: texts() };
  for (const [base, lines] of Object.entries(files)) fs.writeFileSync(input(base), `${lines.join('\n')}\n`);
}

async function fill(port) {
  const ids = Object.keys(groups).flatMap(conversationIds);
  await forEach(ids.entries(), ([i, id]) => expect(201, port, 'POST', '/api/conversations', { id, title: `Conversation ${i + 1}` }));
  await forEach(messages(), ({ conversation, body }) => expect(201, port, 'POST', `/api/conversations/${conversation}/messages`, body));
}

async function enter(name, binary, upstream) {
  const home = path.join(folder, name);
  fs.mkdirSync(home);
  process.env.OPENAI_BASE_URL = upstream.url;
  process.env.OPENAI_API_KEY = 'none';
  const command = (port) => [path.resolve(binary), 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${home}/threadkeep.db`];
  const server = await Server.start(command, '/readyz');
  await fill(server.port);
  return server;
}

/** What the kernel counted for the process: calls of write, and bytes handed to the disk. */
function written(server) {
  const text = fs.readFileSync(`/proc/${server.child.pid}/io`, 'utf8');
  const count = (name) => Number(text.match(new RegExp(`^${name}: (\\d+)`, 'm'))[1]);
  return { calls: count('syscw'), bytes: count('write_bytes') };
}

async function streamAnswer(server) {
  const { id } = await expect(201, server.port, 'POST', '/api/conversations', { title: 'A long answer' });
  const before = written(server);
  const cpuBefore = server.cpuUs();
  const question = { message: { content: [{ type: 'text', text: 'Tell me about the harbour.' }] }, models: ['openai/gpt-stream'] };
  const events = await send(server.port, 'POST', `/api/conversations/${id}/generations`, question);
  if (events.status !== 200 || !events.body.includes('"status":"complete"')) throw new Error(`the answer did not come: ${events.body.slice(-300)}`);
  const { messages: rows } = await expect(200, server.port, 'GET', `/api/conversations/${id}/messages`);
  if (rows[1].content[0].text.length < answer.bytes) throw new Error('the answer was not stored whole');
  const after = written(server);
  return { writeCalls: after.calls - before.calls, writtenBytes: after.bytes - before.bytes, cpuUs: server.cpuUs() - cpuBefore };
}

async function main() {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  writeFiles();
  const upstream = await startUpstream(answer);
  const servers = { before: await enter('before', positionals[0], upstream), after: await enter('after', positionals[1], upstream) };
  const rounds = [];
  for (let round = -1; round < Number(options.rounds); round++) {
    const order = round % 2 === 0 ? ['before', 'after'] : ['after', 'before'];
    const figures = {};
    for (const measure of chosen) {
      figures[measure.name] = {};
      for (const name of order) {
        const files = { paths: input(measure.paths), texts: input('texts') };
        figures[measure.name][name] = await measureServer(servers[name], measure, files, round < 0 ? 1 : Number(options.seconds));
      }
    }
    figures.answer = {};
    for (const name of order) figures.answer[name] = await streamAnswer(servers[name]);
    if (round >= 0) rounds.push(figures); // the first one warms up
  }
  const tell = (what, measure, figure) => {
    const shares = rounds.map((round) => round[measure].after[figure] / round[measure].before[figure]);
    const value = (name) => median(rounds.map((round) => round[measure][name][figure]));
    const text = `${median(shares).toFixed(2)} (${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)})`;
    console.log(`| ${what} | ${Math.round(value('before'))} | ${Math.round(value('after'))} | ${text} |`);
  };
  console.log('| what | before | after | after as a share of before |\n| --- | --- | --- | --- |');
  for (const { name, label } of chosen) tell(`${label}, per second`, name, 'perSecond');
  for (const { name, label } of chosen) tell(`${label}, server CPU µs each`, name, 'cpuUs');
  tell('an answer of 100 KiB in 3 s: bytes written', 'answer', 'writtenBytes');
  tell('an answer of 100 KiB in 3 s: calls of write', 'answer', 'writeCalls');
  tell('an answer of 100 KiB in 3 s: server CPU µs', 'answer', 'cpuUs');
  for (const server of Object.values(servers)) await server.stop();
  upstream.close();
  fs.rmSync(folder, { recursive: true, force: true });
}

await main();
process.exit(0);
