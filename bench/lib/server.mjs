// Starts and stops one server process, and reads what the kernel knows about it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http.mjs';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export function freePort() {
  return new Promise((resolve, reject) => {
    const listener = net.createServer().on('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

export class Server {
  /** `command(port)` is the argument list. Resolves when `readyPath` answers 200; `readyMs` says after how long. */
  static async start(command, readyPath) {
    const server = new Server();
    server.port = await freePort();
    const [file, ...rest] = command(server.port);
    const start = performance.now();
    server.child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(server.child);
    server.complaint = '';
    server.child.stderr.on('data', (part) => (server.complaint = (server.complaint + part).slice(-8000)));
    server.ended = new Promise((resolve) => server.child.on('close', resolve));
    while (!(await send(server.port, 'GET', readyPath).then((answer) => answer.status === 200, () => false))) {
      if (server.child.exitCode !== null) throw new Error(`${file} ended with ${server.child.exitCode}: ${server.complaint}`);
      if (performance.now() - start > 20_000) throw new Error(`${file} is not ready after 20 s: ${server.complaint}`);
      await sleep(1);
    }
    server.readyMs = performance.now() - start;
    return server;
  }

  /** User and system time so far, all threads, in microseconds (the kernel counts in steps of 10 ms). */
  cpuUs() {
    const fields = fs.readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }

  /** KiB by kind: memory mapped database pages are in `rss`, not in `anonymous`. */
  memory() {
    const text = fs.readFileSync(`/proc/${this.child.pid}/smaps_rollup`, 'utf8');
    const kib = (name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
    return { rssKib: kib('Rss'), privateDirtyKib: kib('Private_Dirty'), anonymousKib: kib('Anonymous') };
  }

  /** How it ended: {code, complaint}; the code is null when it had to be killed. */
  async stop() {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(late);
    running.delete(this.child);
    return { code: this.child.exitCode, complaint: this.complaint };
  }
}
