// The database of a million messages, on both engines, and the commands that are run on it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { built, root } from './contestants.mjs';

export const threadkeep = path.join(root, 'build/bench/threadkeep');
const cluster = path.join(root, 'tests/store/postgres_cluster');

/** Users, conversations of each, messages of each of these, messages of the long one. */
export const sizes = {
  million: { users: 200, conversations: 100, messages: 50, long: 100_000 },
  small: { users: 20, conversations: 20, messages: 50, long: 5_000 }, // to try the programs themselves
};
export const messagesIn = ({ users, conversations, messages, long }) => users * conversations * messages + long;

export function build(...targets) {
  const run = (...rest) => execFileSync('nice', rest, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  run('cmake', '--preset', 'release', '-B', 'build/bench', '-DTHREADKEEP_BENCH=ON', '-DTHREADKEEP_TESTS=OFF', '-DTHREADKEEP_WEB=OFF');
  run('cmake', '--build', 'build/bench', '--target', ...targets);
}

/** Runs a program to its end: how long it took, its output, and the most memory of its own (without mapped files) that was seen. */
export async function timed(file, ...rest) {
  const begin = performance.now();
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let anonymousKib = 0;
  child.stdout.on('data', (part) => (output += part));
  const watch = setInterval(() => {
    try {
      const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
      anonymousKib = Math.max(anonymousKib, Number(status.match(/^RssAnon:\s+(\d+)/m)?.[1] ?? 0));
    } catch {
      // It has ended between two looks.
    }
  }, 50);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${path.basename(file)} ${rest.join(' ')} ended with ${code}: ${output}`);
  return { seconds: (performance.now() - begin) / 1000, output, anonymousKib };
}

export const seed = (store, size) => timed(built('bench_store'), store, 'seed', ...Object.values(sizes[size]).map(String));

/** A PostgreSQL of its own with one empty database. Ends with this process. */
export class Postgres {
  constructor(state) {
    this.state = state;
    execFileSync(cluster, ['start', state, String(process.pid)], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (!fs.existsSync(state)) throw new Error('PostgreSQL 15 is not installed: scripts/setup test');
    this.folder = fs.readFileSync(state, 'utf8');
    this.sql('CREATE DATABASE bench', 'postgres');
    this.url = `postgres:///bench?user=postgres&host=${this.folder}`;
  }

  sql(text, database = 'bench') {
    const rest = ['-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-h', this.folder, '-d', database, '-c', text];
    return execFileSync('psql', rest, { encoding: 'utf8' }).trim();
  }

  stop() {
    execFileSync(cluster, ['stop', this.state], { cwd: root });
  }
}
