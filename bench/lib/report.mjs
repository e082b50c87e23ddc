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

function page(results, storeResults, answerResults) {
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
${storeSection(storeResults)}${answerSection(answerResults)}
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
fs.writeFileSync(path.join(root, 'docs/performance.md'), page(results, newestResults('store-'), newestResults('answer-')));
console.log(`docs/performance.md and docs/performance.svg from ${results.file}`);
