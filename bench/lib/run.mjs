// bench/run: fills every contestant with the same conversations, measures them in turns, writes bench/results/*.json.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { conversationIds, groups, messages, texts } from './content.mjs';
import { built, measures, ratios, raw, root, servers } from './contestants.mjs';
import { compare, median, medianFigures } from './figures.mjs';
import { expect, forEach, send } from './http.mjs';
import { describeMachine, shortName } from './machine.mjs';
import { measureRaw, measureServer } from './measure.mjs';
import { Server } from './server.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    contestants: { type: 'string', default: 'threadkeep,node,epoll,raw' },
    server: { type: 'string' }, // a threadkeep to measure instead of the one of build/release
    out: { type: 'string', default: path.join(root, 'bench/results') },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const contestants = options.contestants.split(',');
const chosen = Object.keys(servers).filter((name) => contestants.includes(name));
const folder = path.join(root, 'build/bench/data'); // beside the sources: /tmp may be memory, which syncs nothing
const home = (name) => path.join(folder, name);
const input = (name, base) => path.join(home(name), `${base}.txt`);
const say = (text) => console.log(text);

function build() {
  const run = (file, ...rest) => execFileSync(file, rest, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  say('building');
  run('cmake', '--preset', 'release', '-B', 'build/bench', '-DTHREADKEEP_BENCH=ON', '-DTHREADKEEP_TESTS=OFF', '-DTHREADKEEP_WEB=OFF');
  run('cmake', '--build', 'build/bench', '--target', 'bench_hello', 'bench_raw_sqlite');
  if (chosen.includes('node')) run('./bench/baseline/setup');
  if (options.server) servers.threadkeep.binary = path.resolve(options.server);
  else if (chosen.includes('threadkeep')) {
    run('./scripts/build-web');
    run('./scripts/build', 'release', 'threadkeep');
  }
}

async function seed(port) {
  const ids = Object.keys(groups).flatMap(conversationIds);
  await forEach(ids.entries(), ([i, id]) => expect(201, port, 'POST', '/api/conversations', { id, title: `Conversation ${i + 1}` }));
  await forEach(messages(), ({ conversation, body }) => expect(201, port, 'POST', `/api/conversations/${conversation}/messages`, body));
}

function seedRaw() {
  const migrations = fs.readdirSync(raw.migrations).filter((name) => name.endsWith('.sql')).sort();
  execFileSync(built('bench_raw_sqlite'), [`${folder}/raw.db`, 'seed', ...migrations.map((name) => path.join(raw.migrations, name))]);
}

/** Seeds in a first run, then takes the time of five starts on the existing database; the last one goes on. */
async function prepare(name) {
  const contestant = servers[name];
  const start = (isSeeding) => Server.start((port) => contestant.command(port, home(name), isSeeding), contestant.ready);
  if (!contestant.isSeeded) return { server: await start(false) };
  say(`seeding ${contestant.label}`);
  const seeding = await start(true);
  await seed(seeding.port);
  await seeding.stop();
  const readyMs = [];
  let server;
  for (let i = 0; i < 5; i++) {
    await server?.stop();
    server = await start(false);
    readyMs.push(server.readyMs);
  }
  await sleep(1000);
  return { server, footprint: { readyMs: median(readyMs), idle: server.memory() } };
}

/** The files that the wrk scripts read: one path per line, and the texts. */
function writeFiles(name) {
  const pages = (group) => conversationIds(group).map((id) => `/api/conversations/${id}/messages`);
  const paths = {
    busy: pages('busy'),
    long: pages('long'),
    short: pages('short'),
    list: ['/api/conversations?limit=20'],
    hello: [servers[name].hello],
  };
  for (const [base, lines] of Object.entries({ ...paths, texts: texts() })) fs.writeFileSync(input(name, base), `${lines.join('\n')}\n`);
}

/** A fast wrong answer must not win: what each path gives is looked at once. */
async function checkAnswers(server, port) {
  if ((await send(port, 'GET', server.hello)).status !== 200) throw new Error(`${server.label}: ${server.hello} does not answer`);
  if (!server.isSeeded) return;
  for (const group of ['busy', 'long', 'short']) {
    const { messages: page } = await expect(200, port, 'GET', `/api/conversations/${conversationIds(group)[0]}/messages`);
    const isWhole = page.every(({ content }) => content[0].type === 'text' && content[0].text.length === 560);
    if (page.length !== 50 || !isWhole) throw new Error(`${server.label}: the page of ${group} is not 50 messages`);
  }
  const { conversations } = await expect(200, port, 'GET', '/api/conversations?limit=20');
  if (conversations.length !== 20) throw new Error(`${server.label}: the list is not 20 conversations`);
}

/** One pass over all measures; every other round goes through the contestants backwards. */
async function measureAll(entered, isBackwards, duration) {
  const result = {};
  for (const measure of measures) {
    const turns = measure.servers.filter((name) => entered[name]).map((name) => [name, () => {
      const files = { paths: input(name, measure.paths), texts: input(name, 'texts') };
      return measureServer(entered[name].server, measure, files, duration);
    }]);
    if (contestants.includes('raw'))
      for (const [column, rest] of Object.entries(measure.raw ?? {})) turns.push([column, () => measureRaw(`${folder}/raw.db`, rest, duration)]);
    if (isBackwards) turns.reverse();
    result[measure.name] = {};
    for (const [column, turn] of turns) result[measure.name][column] = await turn();
    const figures = Object.entries(result[measure.name]).map(([column, { perSecond }]) => `${column} ${perSecond}/s`);
    say(`  ${measure.name}: ${figures.join(', ')}`);
  }
  return result;
}

function binarySize() {
  const stripped = path.join(folder, 'stripped');
  execFileSync('strip', ['-o', stripped, servers.threadkeep.binary]);
  return fs.statSync(stripped).size;
}

function versions() {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, 'bench/baseline/package.json'), 'utf8'));
  return { ...dependencies, commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim() };
}

async function main() {
  const begin = Date.now();
  build();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const machine = describeMachine(folder);
  Object.assign(machine.versions, versions());
  if (machine.loadBefore > 0.3 * machine.cores) say(`other work is running (load ${machine.loadBefore}): the figures will be off`);

  if (contestants.includes('raw')) seedRaw();
  const entered = {};
  for (const name of chosen) {
    fs.mkdirSync(home(name));
    writeFiles(name);
    entered[name] = await prepare(name);
    await checkAnswers(servers[name], entered[name].server.port);
  }
  say('warming up');
  await measureAll(entered, false, 1);
  const all = [];
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    all.push(await measureAll(entered, round % 2 === 1, seconds));
  }
  const footprint = {};
  for (const [name, { server, footprint: measured }] of Object.entries(entered)) {
    if (measured) footprint[name] = { ...measured, afterLoad: server.memory() };
    await server.stop();
  }
  if (footprint.threadkeep) footprint.threadkeep.binaryBytes = binarySize();

  const date = new Date().toISOString().slice(0, 10);
  const labels = Object.fromEntries([...chosen.map((name) => [name, servers[name]]), ['raw', raw]].map(([name, { label, about }]) => [name, { label, about }]));
  const results = { date, machine, settings: { rounds, seconds, connections: 64 }, contestants: labels, ratios: compare(all, ratios), medians: medianFigures(all), footprint, rounds: all };
  fs.mkdirSync(options.out, { recursive: true });
  const file = path.join(options.out, `${date}-${shortName(machine)}.json`);
  fs.writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  fs.rmSync(folder, { recursive: true, force: true });
  for (const ratio of results.ratios) say(`${ratio.median.toFixed(2).padStart(8)}  ${ratio.label}`);
  say(`${path.relative(root, file)}, ${Math.round((Date.now() - begin) / 1000)} s`);
}

await main();
process.exit(0);
