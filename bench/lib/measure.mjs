// One measurement: a few seconds of wrk against a server, or of bench_raw_sqlite.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { conversationIds } from './content.mjs';
import { built, root } from './contestants.mjs';
import { expect, forEach } from './http.mjs';

const run = promisify(execFile);
const load = path.join(root, 'bench/load');

async function busyMessages(port) {
  let count = 0;
  await forEach(conversationIds('busy'), async (id) => {
    const { messageCount } = await expect(200, port, 'GET', `/api/conversations/${id}`);
    count += messageCount;
  });
  return count;
}

async function wrk(server, script, files, connections, seconds) {
  const url = `http://127.0.0.1:${server.port}`;
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', path.join(load, `${script}.lua`), url, '--', ...files];
  const { stdout } = await run('wrk', options, { env: { ...process.env, LUA_PATH: `${load}/?.lua` } });
  const result = JSON.parse(stdout.match(/^RESULT (.*)$/m)[1]);
  const errors = Object.entries(result.errors).filter(([, count]) => count > 0);
  if (errors.length) throw new Error(`${script}: wrk counted errors: ${JSON.stringify(Object.fromEntries(errors))}`);
  if (result.requests === 0) throw new Error(`${script}: nothing was answered`);
  return result;
}

/** `files.paths` and `files.texts` as the Lua scripts read them. After appends the server must know every message it acknowledged. */
export async function measureServer(server, measure, files, seconds) {
  const script = measure.script ?? 'get';
  const connections = measure.connections ?? 64;
  const before = script === 'append' ? await busyMessages(server.port) : 0;
  const cpuBefore = server.cpuUs();
  const result = await wrk(server, script, [files.paths, files.texts], connections, seconds);
  const cpuUs = (server.cpuUs() - cpuBefore) / result.requests;
  if (script === 'append') {
    const stored = (await busyMessages(server.port)) - before;
    if (stored < result.requests || stored > result.requests + connections)
      throw new Error(`append: ${result.requests} acknowledged, ${stored} stored`);
  }
  return {
    perSecond: Math.round((result.requests * 1e6) / result.duration_us),
    p50Us: result.p50_us,
    p99Us: result.p99_us,
    cpuUs: Number(cpuUs.toFixed(2)),
    bytes: Math.round(result.bytes / result.requests),
  };
}

export async function measureRaw(database, [verb, ...batch], seconds) {
  const { stdout } = await run(built('bench_raw_sqlite'), [database, verb, ...batch.map(String), String(seconds)]);
  const result = JSON.parse(stdout);
  return { perSecond: result.per_second, p50Us: result.p50_us };
}
