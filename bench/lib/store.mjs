// bench/store/run: a database of a million messages on each engine, measured through the store and raw in turns.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { built, raw, root } from './contestants.mjs';
import { compare, medianFigures } from './figures.mjs';
import { describeMachine, shortName } from './machine.mjs';
import { build, messagesIn, Postgres, seed, sizes, threadkeep, timed } from './million.mjs';
import { engines, ratios } from './store-measures.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    engines: { type: 'string', default: 'sqlite,postgres' },
    size: { type: 'string', default: 'million' },
    out: { type: 'string', default: path.join(root, 'bench/results') },
  },
});
const size = sizes[options.size];
const chosen = options.engines.split(',');
const rounds = Number(options.rounds);
const folder = path.join(root, 'build/bench/store-data'); // beside the sources: /tmp may be memory, which syncs nothing
const say = (text) => console.log(text);
const megabytes = (file) => Math.round(fs.statSync(file).size / 1e6);

function figures(program, ...rest) {
  const { per_second: perSecond, p50_us: p50Us } = JSON.parse(execFileSync(built(program), rest.map(String), { encoding: 'utf8' }));
  return { perSecond, p50Us };
}

/** One pass over all measures of an engine; every other round begins with the raw one. */
function measureAll(engine, places, isBackwards) {
  const result = {};
  for (const { name, store, raw: bare, which } of engines[engine].measures) {
    const more = which ? [which] : [];
    const turns = [];
    if (store) turns.push(['store', () => figures('bench_store', places.store, ...store, options.seconds, ...more)]);
    if (bare) turns.push(['raw', () => figures(engines[engine].program, places.raw, ...bare, options.seconds, ...more)]);
    if (isBackwards) turns.reverse();
    result[name] = Object.fromEntries(turns.map(([column, turn]) => [column, turn()]));
    say(`  ${engine} ${name}: ${Object.entries(result[name]).map(([column, { perSecond }]) => `${column} ${perSecond}/s`).join(', ')}`);
  }
  return result;
}

/** What the columns that the feed needs cost an append: the statements of the first schema on its tables beside those of today. */
function measureSchemas(isBackwards) {
  const turns = [1, 64].flatMap((batch) => ['first', 'present'].map((schema) => [batch, schema]));
  if (isBackwards) turns.reverse();
  const result = {};
  for (const [batch, schema] of turns) {
    (result[`batch_${batch}`] ??= {})[schema] = figures('bench_raw_sqlite', `${folder}/${schema}.db`, 'append', batch, options.seconds);
  }
  return result;
}

function seedSchemas() {
  const migrations = fs.readdirSync(raw.migrations).filter((name) => name.endsWith('.sql')).sort().map((name) => path.join(raw.migrations, name));
  execFileSync(built('bench_raw_sqlite'), [`${folder}/first.db`, 'seed', migrations[0]]);
  execFileSync(built('bench_raw_sqlite'), [`${folder}/present.db`, 'seed', ...migrations]);
}

async function main() {
  const begin = Date.now();
  say('building');
  build('bench_store', 'bench_raw_sqlite', 'bench_raw_postgres', 'threadkeep');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const database = `${folder}/million.db`;
  const store = `sqlite:${database}`;
  say(`filling SQLite with ${messagesIn(size).toLocaleString('en-US')} messages`);
  const seeding = await seed(store, options.size);
  say(`  ${seeding.seconds.toFixed(0)} s, ${megabytes(database)} MB`);
  const places = { sqlite: { store, raw: database } };
  let postgres;
  try {
    if (chosen.includes('postgres')) {
      postgres = new Postgres(`${folder}/postgres`);
      say('filling PostgreSQL from it');
      const copy = await timed(threadkeep, 'copy', '--from', store, '--to', postgres.url);
      say(`  ${copy.seconds.toFixed(0)} s`);
      postgres.sql('VACUUM ANALYZE');
      postgres.sql('CHECKPOINT');
      places.postgres = { store: postgres.url, raw: postgres.url };
    }
    const isMeasuringSchemas = chosen.includes('sqlite');
    if (isMeasuringSchemas) seedSchemas();
    const machine = describeMachine(folder);
    machine.versions.commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
    const all = Object.fromEntries(chosen.map((engine) => [engine, []]));
    const schemas = [];
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      for (const engine of chosen) all[engine].push(measureAll(engine, places[engine], round % 2 === 1));
      if (isMeasuringSchemas) schemas.push(measureSchemas(round % 2 === 1));
    }
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine,
      settings: { rounds, seconds: Number(options.seconds), messages: messagesIn(size), users: size.users, conversations: size.conversations, messagesOfEach: size.messages, long: size.long, databaseMegabytes: megabytes(database) },
      engines: Object.fromEntries(chosen.map((engine) => [engine, { ratios: compare(all[engine], ratios[engine]), medians: medianFigures(all[engine]), rounds: all[engine] }])),
      schemas: { rounds: schemas, ...(schemas.length && { medians: medianFigures(schemas), ratios: compare(schemas, [1, 64].map((batch) => ({ label: `raw append of the present schema, of the first one, ${batch} per commit`, unit: 'share', of: [`batch_${batch}`, 'present'], to: [`batch_${batch}`, 'first'] }))) }) },
    };
    fs.mkdirSync(options.out, { recursive: true });
    const file = path.join(options.out, `store-${results.date}-${shortName(machine)}.json`);
    fs.writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
    const every = [...Object.entries(results.engines), ['raw', results.schemas]];
    for (const [engine, { ratios: lines }] of every) for (const ratio of lines ?? []) say(`${ratio.median.toFixed(2).padStart(8)}  ${engine}: ${ratio.label}`);
    say(`${path.relative(root, file)}, ${Math.round((Date.now() - begin) / 1000)} s`);
  } finally {
    postgres?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

await main();
