// Who is measured, what is measured, and which figures are compared: each as a table.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const built = (name) => path.join(root, 'build/bench/bench', name);
const baseline = path.join(root, 'bench/baseline');

/** Contestants that speak HTTP. `command(port, folder, isSeeding)` is the argument list; `hello` is their cheapest route. */
export const servers = {
  threadkeep: {
    label: 'Threadkeep',
    about: 'the server of this repository, SQLite, synchronous=FULL',
    binary: path.join(root, 'build/release/threadkeep'),
    command(port, folder) {
      return [this.binary, 'serve', '--listen', `127.0.0.1:${port}`, '--store', `sqlite:${folder}/threadkeep.db`];
    },
    ready: '/readyz',
    hello: '/healthz',
    isSeeded: true,
  },
  node: {
    label: 'Node stack',
    about: 'bench/baseline: Fastify, Drizzle, better-sqlite3, one process, WAL, synchronous=FULL',
    command(port, folder, isSeeding) {
      return ['node', path.join(baseline, 'server.js'), String(port), `${folder}/node.db`, isSeeding ? 'OFF' : 'FULL'];
    },
    ready: '/readyz',
    hello: '/hello',
    isSeeded: true,
  },
  epoll: {
    label: 'bare epoll',
    about: 'bench/raw/hello_epoll.cpp: one thread, a constant answer',
    command: (port) => [built('bench_hello'), String(port)],
    ready: '/',
    hello: '/',
    isSeeded: false,
  },
};

/** The storage alone: bench/raw/raw_sqlite.cpp, one process per measurement. */
export const raw = {
  label: 'raw SQLite',
  about: 'bench/raw/raw_sqlite.cpp: the same statements on the same schema, one thread, no HTTP, no JSON',
  migrations: path.join(root, 'src/store/migrations'),
};

/**
 * What is measured. `paths` names a file of paths that wrk takes one of for each request (writeFiles in run.mjs);
 * `raw` maps a column to the arguments of bench_raw_sqlite.
 */
export const measures = [
  { name: 'hello', label: 'smallest answer', servers: ['threadkeep', 'node', 'epoll'], paths: 'hello' },
  {
    name: 'append',
    label: 'durable append, 64 clients',
    servers: ['threadkeep', 'node'],
    script: 'append',
    paths: 'busy',
    raw: { 'raw, 32 per commit': ['append', 32], 'raw, 64 per commit': ['append', 64] },
  },
  {
    name: 'append_one',
    label: 'durable append, 1 client',
    servers: ['threadkeep', 'node'],
    script: 'append',
    paths: 'busy',
    connections: 1,
    raw: { 'raw, 1 per commit': ['append', 1] },
  },
  { name: 'page', label: 'newest 50 messages', servers: ['threadkeep', 'node'], paths: 'busy', raw: { 'raw, one reader': ['page'] } },
  { name: 'page_long', label: 'newest 50 of 10,000 messages', servers: ['threadkeep'], paths: 'long' },
  { name: 'page_short', label: 'newest 50 of 50 messages', servers: ['threadkeep'], paths: 'short' },
  { name: 'list', label: 'list of conversations (20 of 2,258)', servers: ['threadkeep', 'node'], paths: 'list', raw: { 'raw, one reader': ['list'] } },
];

/**
 * Quotients of two figures of one round: [measure, column, figure]. `unit` says how they read: times, a share, or a plain factor;
 * those with a `short` name are in the chart; `goal` is what the project promises.
 */
export const ratios = [
  { short: 'durable append', label: 'durable append, 64 clients, Threadkeep to Node stack', unit: 'times', of: ['append', 'threadkeep'], to: ['append', 'node'], goal: { least: 10 } },
  { short: 'durable append, one client', label: 'durable append, 1 client, Threadkeep to Node stack', unit: 'times', of: ['append_one', 'threadkeep'], to: ['append_one', 'node'] },
  { short: 'newest 50 messages', label: 'newest 50 messages, Threadkeep to Node stack', unit: 'times', of: ['page', 'threadkeep'], to: ['page', 'node'], goal: { least: 10 } },
  { short: 'list of conversations', label: 'list of conversations, Threadkeep to Node stack', unit: 'times', of: ['list', 'threadkeep'], to: ['list', 'node'], goal: { least: 6 } },
  { short: 'smallest answer', label: 'smallest answer, Threadkeep to Node stack', unit: 'times', of: ['hello', 'threadkeep'], to: ['hello', 'node'] },
  // What SQLite by itself can do against that stack, without a server around it.
  { label: 'durable append: raw commits of 64 by one thread, to Node stack', unit: 'times', of: ['append', 'raw, 64 per commit'], to: ['append', 'node'] },
  { label: 'newest 50 messages: raw reads by one thread, to Node stack', unit: 'times', of: ['page', 'raw, one reader'], to: ['page', 'node'] },
  { label: 'list of conversations: raw reads by one thread, to Node stack', unit: 'times', of: ['list', 'raw, one reader'], to: ['list', 'node'] },
  { short: 'append: raw SQLite group commit', label: 'durable append, 64 clients, of raw commits of 32', unit: 'share', of: ['append', 'threadkeep'], to: ['append', 'raw, 32 per commit'], goal: { least: 0.6 } },
  { label: 'durable append, 64 clients, of raw commits of 64', unit: 'share', of: ['append', 'threadkeep'], to: ['append', 'raw, 64 per commit'] },
  { short: 'append, one client: raw commit', label: 'durable append, 1 client, of raw single commits', unit: 'share', of: ['append_one', 'threadkeep'], to: ['append_one', 'raw, 1 per commit'], goal: { least: 0.5 } },
  { short: 'newest 50: raw SQLite reads', label: 'newest 50 messages, of raw reads by one thread', unit: 'share', of: ['page', 'threadkeep'], to: ['page', 'raw, one reader'], goal: { least: 0.4 } },
  { short: 'smallest answer: bare epoll', label: 'smallest answer, of bare epoll', unit: 'share', of: ['hello', 'threadkeep'], to: ['hello', 'epoll'], goal: { least: 0.75 } },
  { label: 'newest 50 messages, of bare epoll', unit: 'share', of: ['page', 'threadkeep'], to: ['hello', 'epoll'], goal: { least: 0.15 } },
  { label: 'server time of a page: conversation of 10,000 messages to one of 50', unit: 'factor', of: ['page_long', 'threadkeep', 'cpuUs'], to: ['page_short', 'threadkeep', 'cpuUs'], goal: { most: 1.3 } },
  { label: 'durable append, 64 clients: slowest 1 % to the median', unit: 'factor', of: ['append', 'threadkeep', 'p99Us'], to: ['append', 'threadkeep', 'p50Us'], goal: { most: 8 } },
];
