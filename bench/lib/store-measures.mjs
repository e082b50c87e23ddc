// What bench/store/run measures, and which figures are compared: each as a table.

/** `store` and `raw` are arguments of bench_store and of bench_raw_ENGINE. */
const shared = [
  { name: 'append_1', label: 'durable append, 1 writer', store: ['append', 1], raw: ['append', 1] },
  { name: 'append_16', label: 'durable append, 16 writers', store: ['append', 16], raw: ['append', 16] },
  { name: 'append_64', label: 'durable append, 64 writers', store: ['append', 64], raw: ['append', 64] },
  { name: 'page', label: 'newest 50 messages', store: ['page'], raw: ['page'] },
  { name: 'list', label: 'list of 20 conversations', store: ['list'], raw: ['list'] },
  { name: 'feed', label: 'feed, 100 rows', store: ['feed'], raw: ['feed'] },
  { name: 'page_long', label: 'newest 50 of the long conversation', store: ['page'], raw: ['page'], which: 'longest' },
  { name: 'page_short', label: 'newest 50 of one of 50', store: ['page'], raw: ['page'], which: 'shortest' },
  { name: 'append_long', label: 'durable append, 1 writer, to the long conversation', store: ['append', 1], raw: ['append', 1], which: 'longest' },
  { name: 'append_short', label: 'durable append, 1 writer, to one of 50 to 100', store: ['append', 1], raw: ['append', 1], which: 'shortest' },
];

export const engines = {
  sqlite: { label: 'SQLite', program: 'bench_raw_sqlite', measures: shared },
  postgres: {
    label: 'PostgreSQL',
    program: 'bench_raw_postgres',
    measures: [...shared, { name: 'append_each', label: '64 connections that commit their own appends', raw: ['append-each', 64] }],
  },
};

/** Appends by how many there are in a second; reads, which nothing waits for, by the median time: that is the same on a busy machine. */
const appends = (name, label, least) => ({ label: `${label}, of the raw engine`, unit: 'share', of: [name, 'store'], to: [name, 'raw'], goal: least && { least } });
const reads = (name, label) => ({ label: `${label}, of the raw engine`, unit: 'share', of: [name, 'raw', 'p50Us'], to: [name, 'store', 'p50Us'], goal: { least: 0.6 } });
const flat = (kind, label) => ({
  label: `${label}: time in the conversation of 100,000 messages to one of 50`,
  unit: 'factor',
  of: [`${kind}_long`, 'store', 'p50Us'],
  to: [`${kind}_short`, 'store', 'p50Us'],
  goal: { most: 1.3 },
});

export const ratios = {
  sqlite: [
    appends('append_1', 'durable append, 1 writer'),
    appends('append_16', 'durable append, 16 writers'),
    appends('append_64', 'durable append, 64 writers', 0.7),
    reads('page', 'newest 50 messages'),
    reads('list', 'list of 20 conversations'),
    reads('feed', 'feed, 100 rows'),
    flat('page', 'newest 50 messages'),
    flat('append', 'durable append, 1 writer'),
  ],
  postgres: [
    appends('append_1', 'durable append, 1 writer'),
    appends('append_16', 'durable append, 16 writers'),
    appends('append_64', 'durable append, 64 writers'),
    { label: 'durable append, 64 writers, to 64 raw connections that commit their own', unit: 'times', of: ['append_64', 'store'], to: ['append_each', 'raw'] },
    reads('page', 'newest 50 messages'),
    reads('list', 'list of 20 conversations'),
    reads('feed', 'feed, 100 rows'),
    flat('page', 'newest 50 messages'),
    flat('append', 'durable append, 1 writer'),
  ],
};
