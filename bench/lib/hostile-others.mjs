// The others of bench/hostile, in a process of their own, so that what the attacker computes does not count as time of the server: one client that lists
// on new connections and appends on one that stays, and one that watches the answer of a model that behaves. Told what to do by messages of the parent:
// {port, pid} begins, 'measure' drops the figures so far, 'tell' sends them.
import fs from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { textBlock, ulid } from './hostile-attacks.mjs';
import { expect, send } from './http.mjs';

let seen;
const measure = () => (seen = { lists: [], appends: [], delays: [], anonymousKib: 0, refused: 0 });

const rounded = (ms) => Math.round(ms * 10) / 10;
function figures(ms) {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
// Who waits still is among the figures, with the time so far.
let waiting = null; // {times, began}
let wordAt = performance.now();
function tell() {
  const now = performance.now();
  if (waiting) waiting.times().push(now - waiting.began);
  if (now - wordAt > 500) seen.delays.push(now - wordAt);
  return told();
}
const told = () => ({
  requests: figures([...seen.lists, ...seen.appends]),
  lists: figures(seen.lists),
  appends: figures(seen.appends),
  delays: figures(seen.delays),
  mib: seen.anonymousKib >> 10,
  refused: seen.refused,
});

/** A model whose words are the times at which they were sent. */
function startSteadyUpstream() {
  const upstream = http.createServer(async (request, response) => {
    request.resume();
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ object: 'list', data: [{ id: 'steady', object: 'model' }] }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (; !response.destroyed; await sleep(20)) {
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `t${performance.now().toFixed(1)} ` } }] })}\n\n`);
    }
  });
  return new Promise((resolve) => upstream.listen(0, '127.0.0.1', () => resolve(upstream.address().port)));
}

async function watchAnswer(port) {
  const { id } = await expect(201, port, 'POST', '/api/conversations', {});
  const body = JSON.stringify({ models: ['ollama/steady'], message: { id: ulid(), content: textBlock('go on') } });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: `/api/conversations/${id}/generations`, headers }, (response) => {
    let rest = '';
    response.on('data', (part) => {
      const now = performance.now();
      wordAt = now;
      const lines = (rest + part).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (!line.includes('"delta"') && !line.includes('"text":"t')) continue;
        for (const [, sent] of line.matchAll(/t(\d+\.\d) /g)) seen.delays.push(now - Number(sent));
      }
    });
    response.on('error', () => {});
  });
  request.on('error', () => {});
  request.end(body);
}

async function timed(times, work) {
  waiting = { times, began: performance.now() };
  const status = await work().catch(() => 0);
  if (status < 200 || status > 299) seen.refused += 1;
  times().push(performance.now() - waiting.began);
  waiting = null;
}

const listOnNewConnection = (port) =>
  new Promise((resolve, reject) => {
    http.get({ agent: false, host: '127.0.0.1', port, path: '/api/conversations' }, (response) => response.resume().on('end', () => resolve(response.statusCode)).on('error', reject)).on('error', reject);
  });

async function ask(port) {
  const { id } = await expect(201, port, 'POST', '/api/conversations', {});
  for (;;) {
    await timed(() => seen.lists, () => listOnNewConnection(port));
    await timed(() => seen.appends, async () => (await send(port, 'POST', `/api/conversations/${id}/messages`, { role: 'user', content: textBlock('x') })).status);
    await sleep(10);
  }
}

function anonymousKib(pid) {
  try {
    return Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+)/m)?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

measure();
const upstream = await startSteadyUpstream();
process.on('disconnect', () => process.exit(0));
process.on('message', async (message) => {
  if (message === 'measure') measure();
  else if (message === 'tell') process.send(tell());
  else {
    await watchAnswer(message.port);
    setInterval(() => (seen.anonymousKib = Math.max(seen.anonymousKib, anonymousKib(message.pid))), 20);
    ask(message.port);
  }
});
process.send({ upstream });
