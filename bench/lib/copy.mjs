// bench/store/copy: the database of a million messages goes from SQLite to PostgreSQL and back, and must come back the same.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './contestants.mjs';
import { describeMachine } from './machine.mjs';
import { build, messagesIn, Postgres, seed, sizes, threadkeep, timed } from './million.mjs';

const { values: options } = parseArgs({ options: { size: { type: 'string', default: 'million' } } });
const folder = path.join(root, 'build/bench/copy-data');
const sqlite = (name) => `sqlite:${folder}/${name}.db`;

/** Runs one command, says what it took, and answers its output. */
async function step(name, ...rest) {
  const { seconds, output, anonymousKib } = await timed(threadkeep, ...rest);
  console.log(`${name.padEnd(30)} ${seconds.toFixed(1).padStart(7)} s  ${(anonymousKib / 1024).toFixed(0).padStart(5)} MiB at the most`);
  return output;
}

const digests = (output) => [...output.matchAll(/^(?:source|target)\s+(\d+) rows, digest (\S+)$/gm)].map(([, rows, digest]) => `${rows} ${digest}`);

async function main() {
  build('bench_store', 'threadkeep');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const { cores, cpu, loadBefore, fdatasyncUs } = describeMachine(folder);
  console.log(`${messagesIn(sizes[options.size]).toLocaleString('en-US')} messages; ${cores} cores of ${cpu}, load before ${loadBefore}, fdatasync of 4 KiB ${fdatasyncUs} µs`);
  let postgres;
  try {
    const seeding = await seed(sqlite('first'), options.size);
    console.log(`${'filled'.padEnd(30)} ${seeding.seconds.toFixed(1).padStart(7)} s  ${Math.round(fs.statSync(`${folder}/first.db`).size / 1e6)} MB`);
    postgres = new Postgres(`${folder}/postgres`);
    await step('check of SQLite', 'check', '--store', sqlite('first'));
    await step('backup of SQLite', 'backup', '--store', sqlite('first'), `${folder}/backup.db`);
    const there = await step('copy to PostgreSQL', 'copy', '--from', sqlite('first'), '--to', postgres.url);
    await step('check of PostgreSQL', 'check', '--store', postgres.url);
    const back = await step('copy back to SQLite', 'copy', '--from', postgres.url, '--to', sqlite('second'));
    await step('check of the copy of the copy', 'check', '--store', sqlite('second'));
    const straight = await step('first and last, row by row', 'copy', '--compare', '--from', sqlite('first'), '--to', sqlite('second'));
    const all = [there, back, straight].flatMap(digests);
    if (all.length !== 6 || new Set(all).size !== 1) throw new Error(`the digests differ: ${all.join(', ')}`);
    console.log(`all six digests are ${all[0].split(' ')[1]}, of ${Number(all[0].split(' ')[0]).toLocaleString('en-US')} rows`);
  } finally {
    postgres?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

await main();
