// bench/hostile OLD NEW, or NEW alone: see there. Fails when NEW does not live through an attack, or does not end as it should.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root } from './contestants.mjs';
import { Attacker, attacks, preparations } from './hostile-attacks.mjs';
import { startHostileUpstream } from './hostile-upstream.mjs';
import { describeMachine } from './machine.mjs';
import { Server } from './server.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, seconds: { type: 'string', default: '20' }, 'quiet-seconds': { type: 'string', default: '4' } },
});
if (positionals.length < 1 || positionals.length > 2) {
  console.error('usage: bench/hostile [OLD] NEW [--only NAME,NAME] [--seconds S] [--quiet-seconds S]    paths of threadkeep binaries');
  process.exit(2);
}
const versions = positionals.length === 2 ? { before: positionals[0], now: positionals[1] } : { now: positionals[0] };
const folder = path.join(root, `build/bench/hostile-${process.pid}`); // beside the sources: /tmp may be memory, which syncs nothing
const againBeforeMs = 4_000; // a short attack is made again: what it does in a few milliseconds would be seen by chance
const settlingMs = 3_000; // memory goes back within seconds

// The attacker would be on another machine: the server, and the others, come before it, and before other work on this one. Without the right to do that it is
// said by `nice`, and goes on.
const first = ['nice', '-n', '-10'];
// As on a machine where nothing was set: 1,024 files.
const command = (binary) => (port) => ['sh', '-c', 'ulimit -n 1024; exec "$@"', 'sh', ...first, path.resolve(binary), 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${folder}/t.db`];

async function startOthers() {
  const child = fork(new URL('hostile-others.mjs', import.meta.url), { execPath: first[0], execArgv: [...first.slice(1), process.execPath] });
  const [{ upstream }] = await once(child, 'message');
  return { child, upstream, tell: () => child.send('tell') && once(child, 'message').then(([seen]) => seen), measure: () => child.send('measure') };
}

async function run(name, binary) {
  const attack = attacks[name];
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const [others, upstream] = await Promise.all([startOthers(), startHostileUpstream()]);
  Object.assign(process.env, { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'none', OLLAMA_HOST: `127.0.0.1:${others.upstream}` });
  const server = await Server.start(command(binary), '/healthz');
  const attacker = await Attacker.start(server.port);
  try {
    await preparations[name]?.(attacker);
    others.child.send({ port: server.port, pid: server.child.pid });
    await sleep(500);
    others.measure();
    await sleep(Number(options['quiet-seconds']) * 1_000);
    const quiet = await others.tell();
    others.measure();
    const began = performance.now();
    const load = os.loadavg()[0];
    const isBefore = (ms) => performance.now() - began < ms;
    const atMostMs = Number(options.seconds) * 1_000;
    let times = 0;
    do {
      await Promise.race([attack(attacker), sleep(atMostMs)]);
      times += 1;
    } while (isBefore(Math.min(againBeforeMs, atMostMs)));
    const tookMs = Math.round(performance.now() - began);
    await sleep(500);
    const attacked = await others.tell();
    attacker.close();
    await sleep(settlingMs);
    others.measure();
    await sleep(100);
    const { mib: mibAfter } = await others.tell();
    return { quiet, attacked, times, tookMs, mibAfter, load: Number(load.toFixed(1)), end: await server.stop() };
  } finally {
    attacker.close();
    others.child.disconnect();
    upstream.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const machine = describeMachine(root);
const only = options.only.split(',').filter(Boolean);
const rows = {};
const failed = [];
console.log('attack | version | seconds | p99 quiet, ms | p99 attacked | slowest list | slowest append | word late p99 quiet | p99 attacked | slowest | MiB | MiB after | refused | load | end');
for (const name of Object.keys(attacks)) {
  if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
  rows[name] = {};
  for (const [version, binary] of Object.entries(versions)) {
    const found = await run(name, binary).catch((error) => ({ failed: String(error) }));
    rows[name][version] = found;
    if (version === 'now' && (found.failed || found.end.code !== 0)) failed.push(`${name}: ${found.failed ?? found.end.complaint}`);
    if (found.failed) {
      console.log(`${name} | ${version} | ${found.failed}`);
      continue;
    }
    const { quiet, attacked } = found;
    const cells = [name, version, found.tookMs / 1_000, quiet.requests.p99, attacked.requests.p99, attacked.lists.max, attacked.appends.max, quiet.delays.p99, attacked.delays.p99, attacked.delays.max];
    console.log([...cells, attacked.mib, found.mibAfter, attacked.refused, found.load, found.end.code].join(' | '));
  }
}

// Attacks of earlier runs of the same day stay, so that one alone can be run again.
if (versions.before) {
  const date = new Date().toISOString().slice(0, 10);
  const file = path.join(root, 'bench/results', `hostile-${date}.json`);
  const earlier = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).attacks : {};
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  fs.writeFileSync(file, `${JSON.stringify({ date, commit, machine, attacks: { ...earlier, ...rows } }, null, 1)}\n`);
}
for (const line of failed) console.error(`failed: ${line}`);
process.exit(failed.length > 0 ? 1 : 0);
