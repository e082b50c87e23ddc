// bench/report: the newest results become docs/performance.md and docs/performance.svg.
import fs from 'node:fs';
import path from 'node:path';
import { barChart } from './chart.mjs';
import { measures, root } from './contestants.mjs';
import { engines } from './store-measures.mjs';

const folder = path.join(root, 'bench/results');

/** Those of bench/run, or with a prefix those of bench/store/run; none yet: nothing. */
function newestResults(prefix = '') {
  const name = fs.readdirSync(folder).filter((file) => /^\d/.test(file.slice(prefix.length)) && file.startsWith(prefix)).sort().at(-1);
  if (!name) return undefined;
  const file = path.resolve(folder, name);
  return { file: path.relative(root, file), ...JSON.parse(fs.readFileSync(file, 'utf8')) };
}

const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
const times = (value) => `${value.toFixed(1)}×`;
const share = (value) => `${Math.round(value * 100)} %`;
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function show({ unit }, value) {
  if (unit === 'share') return share(value);
  return unit === 'times' ? times(value) : value.toFixed(2);
}

function goalText(ratio) {
  if (!ratio.goal) return '';
  const { least, most } = ratio.goal;
  const isMet = least !== undefined ? ratio.median >= least : ratio.median <= most;
  const bound = least !== undefined ? `at least ${show(ratio, least)}` : `at most ${show(ratio, most)}`;
  return `${bound}: ${isMet ? 'met' : '**missed**'}`;
}

function ratioTable(ratios) {
  const rows = ratios.map((ratio) => [ratio.label, show(ratio, ratio.median), `${show(ratio, ratio.least)} to ${show(ratio, ratio.most)}`, goalText(ratio)]);
  return table(['what', 'median', 'rounds', 'goal'], rows);
}

function numberTable({ medians, contestants }) {
  const rows = measures.flatMap(({ name, label }) =>
    Object.entries(medians[name] ?? {}).map(([column, { perSecond, p50Us, p99Us, cpuUs, bytes }]) => {
      const cells = [perSecond, p50Us, p99Us, cpuUs, bytes].map((value) => (value === undefined ? '' : number(value)));
      return [label, contestants[column]?.label ?? column, ...cells];
    }),
  );
  return table(['what', 'who', 'per second', 'median µs', '99 % µs', 'server CPU µs each', 'bytes each'], rows);
}

function footprintTable({ footprint, contestants }) {
  const mib = (kib) => (kib / 1024).toFixed(1);
  const rows = Object.entries(footprint).map(([name, { readyMs, idle, afterLoad, binaryBytes }]) => [
    contestants[name].label,
    number(readyMs),
    mib(idle.anonymousKib),
    mib(idle.rssKib),
    mib(afterLoad.anonymousKib),
    binaryBytes ? mib(binaryBytes / 1024) : '',
  ]);
  return table(['who', 'start to ready, ms', 'idle memory, MiB', 'idle resident, MiB', 'memory after the load, MiB', 'stripped binary, MiB'], rows);
}

function chart(ratios) {
  const group = (unit, heading) => ({
    heading,
    mark: 1,
    rows: ratios.filter((ratio) => ratio.unit === unit && ratio.short).map((ratio) => ({ label: ratio.short, value: ratio.median, text: show(ratio, ratio.median) })),
  });
  const groups = [group('times', 'Requests per second, times the Node stack (dashed line)'), group('share', 'Share of the bare ceiling (dashed line)')];
  return barChart('Threadkeep compared with the Node stack and with the bare ceilings', groups.filter(({ rows }) => rows.length));
}

const machineLine = (machine) =>
  `Machine: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGib} GiB, ${machine.os}, Linux ${machine.kernel}, file system ${machine.filesystem}; overwriting 4 KiB and waiting for the disk takes ${machine.fdatasyncUs} µs; load before the run ${machine.loadBefore}.`;

/** Ratios of turns do not even out what other work takes from one thread and not from another. The load afterwards is the benchmark's own. */
function busyNote({ loadBefore, cores }) {
  if (loadBefore <= cores + 0.5) return '';
  return `\n**Taken while other work had the machine (load ${loadBefore} before). Appends hand work from thread to thread and wait for the disk: what is said of them, and whether their goals are met, must be measured again on a quiet one.**\n`;
}

/** What bench/store/run found. */
function storeSection(results) {
  if (!results) return '';
  const { machine, settings } = results;
  const found = Object.entries(results.engines);
  const lines = found.flatMap(([engine, { ratios }]) => ratios.map((ratio) => ({ ...ratio, label: `${engines[engine].label}: ${ratio.label}` })));
  const rows = found.flatMap(([engine, { medians }]) =>
    engines[engine].measures.map(({ name, label }) => {
      const { store, raw } = medians[name];
      const cells = [store?.perSecond, raw?.perSecond, store?.p50Us, raw?.p50Us].map((value) => (value === undefined ? '' : number(value)));
      return [engines[engine].label, label, ...cells];
    }),
  );
  return `
## The stores by themselves

The same through the Store interface, without HTTP and JSON, on a database of ${settings.messages.toLocaleString('en-US')} messages (${settings.databaseMegabytes.toLocaleString('en-US')} MB): ${settings.users} users with ${settings.conversations} conversations
of ${settings.messagesOfEach} messages each, and one conversation of ${settings.long.toLocaleString('en-US')}. The raw engine (bench/raw) runs the same statements with the same settings on the same database in the same run, in turns; its
appends are committed as many at a time as there are writers.
${busyNote(machine)}
${ratioTable([...lines, ...(results.schemas.ratios ?? [])])}

${table(['engine', 'what', 'store, per second', 'raw, per second', 'store, median µs', 'raw, median µs'], rows)}

The median of a raw append is that of a whole commit. Taken on ${results.date}, commit ${machine.versions.commit}, ${settings.seconds} s each, medians of ${settings.rounds} rounds.
${machineLine(machine)}
Repeat it: \`scripts/bench store\`, then \`bench/report\`. The raw figures are in \`${results.file}\`.
`;
}

function answerSection(results) {
  if (!results) return '';
  const rows = results.rows.map(({ what, before, after, share: part }) => [what, number(before), number(after), share(part)]);
  return `
## A running answer

What the server writes for one streamed answer, from the question to the end, on SQLite: whole before it was stored in parts, and since
([decision 16](decisions/0016-answers-in-parts.md)). Two binaries in the same run, in turns; the counts depend on neither the machine nor its load.

${table(['an answer of', 'before', 'after', 'after as a share of before'], rows)}

Statements are counted as SQLite begins them (BEGIN and COMMIT of each checkpoint among them), bytes as the kernel hands them to the disk (the log, and the database when the log
is moved into it). Taken on ${results.date}, medians of ${results.rounds} rounds. Repeat it: \`bench/answer OLD NEW\` with two binaries, then \`bench/report\`.
`;
}

/** Bytes of a checkpoint grow with nothing when the last one writes no more than the first. */
function streamSection(results) {
  if (!results) return '';
  const { one, all, many, watchers, checkpoints } = results;
  const ms = (value) => value.toFixed(2);
  const delays = [one, all].map(({ direct, server, addedP50, delivered, cores, kibPerStream }, i) => [
    i === 0 ? 'one answer' : `${many} at once`,
    ms(direct.p50),
    ms(server.p50),
    ms(addedP50),
    `${ms(direct.p99)} / ${ms(server.p99)}`,
    `${(delivered * 100).toFixed(2)} %`,
    cores.toFixed(2),
    i === 0 ? '' : number(kibPerStream),
  ]);
  return `
## Reading an answer through the server

A model says 50 tokens a second; a client reads it from the model itself and through the server, in turns, and compares when each token comes with when it was said. Goal for one
answer: at most 0.3 ms added at the median: ${one.addedP50 <= 0.3 ? 'met' : '**missed**'}. With ${many} the model, the server and the client of all share the cores.

${table(['', 'from the model, median ms', 'through the server', 'added', '99 %, ms', 'tokens that came in time', 'cores of the server', 'KiB per answer'], delays)}

A checkpoint of an answer that has run for ${checkpoints.map(({ afterSeconds, statements, bytes }) => `${afterSeconds} s: ${number(statements)} statements, ${number(bytes)} bytes`).join('; ')}: whole pages, and not more the longer it is. One of ${watchers.count} who
wait for the next word costs ${watchers.kibEach.toFixed(2)} KiB (goal: 6). Taken on ${results.date}, medians of ${results.rounds} rounds of ${results.seconds} s. Repeat it: \`bench/stream\`, then \`bench/report\`.
`;
}

const importsMib = 512; // two at once, each less than 256 MiB (docs/operations.md)
const hostileGoal = { times: 2, ms: 100, mib: 256 };

/** Whether the others were served beside the attack as they should be. */
function hostileVerdict(name, { quiet, attacked }) {
  const p99Max = Math.min(hostileGoal.ms, quiet.requests.p99 * hostileGoal.times);
  const mibMax = hostileGoal.mib + (name.includes('import') ? importsMib : 0);
  return attacked.requests.p99 <= p99Max && attacked.mib <= mibMax ? 'met' : '**missed**';
}

function hostileSection(results) {
  if (!results) return '';
  const { machine, date, commit, attacks } = results;
  const one = ({ quiet, attacked }) => [`${number(attacked.requests.p99)} (${number(quiet.requests.p99)})`, number(Math.max(attacked.lists.max, attacked.appends.max)), number(attacked.delays.p99), number(attacked.mib)];
  const rows = Object.entries(attacks).map(([name, { before, now }]) => {
    const cells = [before, now].map(one);
    return [name, ...cells[0].map((cell, i) => `${cell} → ${cells[1][i]}`), now.times ?? 1, hostileVerdict(name, now)];
  });
  const found = (part) => Object.entries(attacks).find(([name]) => name.includes(part))[1].now.attacked;
  const slowest = (part) => found(part).appends.max;
  const late = (part) => found(part).delays.max;
  const loads = Object.values(attacks).map(({ now }) => now.load);
  return `
## What attackers cost the others

Each attack meets a fresh server, as it was (commit b7847da) → as it is (${commit}), with 1,024 open files. Beside it, on another address, one client lists (each time on a new connection) and appends every
10 ms, and one watches the answer of a model that says a word every 20 ms. In brackets: the same without the attack, taken just before. The goal: the others' 99 % at most twice that and at most
100 ms, memory at most 256 MiB, and 512 MiB more where there are imports.

${table(['attack', '99 % of the others, ms (idle)', 'slowest, ms', 'a word comes late, 99 %, ms', 'memory, MiB', 'times', 'goal'], rows)}

Beside an import of a million messages the slowest append of the others took ${number(slowest('million'))} ms: a slice of the import, and two commits. Beside a model that floods, a word of another one came
${number(late('spaces'))} ms late at the most. A short attack is made again until four seconds are over, a long one ends after twenty.
Server and others run before the attacker and before other work of the machine (nice -10), as an attacker would have a machine of its own; the disk is shared. Taken on ${date} while other work had the
machine (load ${Math.min(...loads)} to ${Math.max(...loads)} on ${machine.cores} cores): the disk's part of every append is that of a busy one.
Repeat it: \`bench/hostile OLD NEW\` with two binaries, then \`bench/report\`. \`scripts/nightly hostile\` makes the same attacks on builds with ASan and UBSan, and with TSan.
`;
}

/** What bench/before and bench/files found is put in by hand, and stays. */
function keptSection(title) {
  const text = fs.readFileSync(path.join(root, 'docs/performance.md'), 'utf8');
  return text.match(new RegExp(`\\n## ${title}\\n[^]*?(?=\\n## )`))?.[0] ?? '';
}

function page(results, { store, answer, stream, hostile }) {
  const { machine, settings, contestants } = results;
  const { versions } = machine;
  return `# Performance

All claims here are ratios of figures taken in the same run, in turns, on the same machine. Absolute figures belong to the machine described below.

![Threadkeep compared with the Node stack and with the bare ceilings](performance.svg)

${ratioTable(results.ratios)}

Each ratio is taken within a round; the table shows the median of ${settings.rounds} rounds and the lowest and highest one.

The goals against the Node stack were set on a machine where SQLite by itself is faster in proportion. The three rows "raw ... to Node stack" say what it can do on this one with one
thread, without HTTP and JSON: where that is less than the goal, only keeping answers in memory could reach it. Threadkeep asks the database every time, so that an answer is never older than the
last commit, whichever process made it.

## Who is compared

${table(['name', 'what it is'], Object.values(contestants).map(({ label, about }) => [label, about]))}

All contestants that speak HTTP are filled with the same conversations by the same requests, and every append is on the disk before it is answered. After each
append measurement the runner asks for the number of messages: one that was acknowledged and is not there, and any answer that is not a success, fails the run.
The Node stack is what a careful user of it would write: prepared statements, a validated body, one transaction per append, one process. It commits one append at a
time, as its SQLite binding is synchronous; Threadkeep commits what all waiting clients
sent at once, and with a single client there is nothing to gather.

## Figures

Taken on ${results.date}, commit ${versions.commit}, ${settings.connections} connections where nothing else is said, ${settings.seconds} s each, medians of ${settings.rounds} rounds.
${machineLine(machine)}
Versions: ${versions.compiler}; Node ${versions.node}, fastify ${versions.fastify}, drizzle-orm ${versions['drizzle-orm']}, better-sqlite3 ${versions['better-sqlite3']}; ${versions.wrk}.
The load generator runs on the same cores as the servers.

${numberTable(results)}

${footprintTable(results)}

"Memory" is anonymous memory: mapped pages of the database are the kernel's cache and counted as resident only.
${storeSection(store)}${keptSection('Before and after the seams')}${answerSection(answer)}${streamSection(stream)}${hostileSection(hostile)}${keptSection('Files beside nginx')}
## Repeat it

\`\`\`
make bench
\`\`\`

then \`bench/report\`; \`bench/run --rounds 2 --seconds 1\` for a quick look. It needs wrk, Node with its headers, and four minutes on an otherwise idle machine.
The raw figures of every round are in \`${results.file}\`.
`;
}

const results = newestResults();
if (!results) throw new Error('no results yet: run bench/run first');
fs.writeFileSync(path.join(root, 'docs/performance.svg'), chart(results.ratios));
const parts = Object.fromEntries(['store', 'answer', 'stream', 'hostile'].map((part) => [part, newestResults(`${part}-`)]));
fs.writeFileSync(path.join(root, 'docs/performance.md'), page(results, parts));
console.log(`docs/performance.md and docs/performance.svg from ${results.file}`);
