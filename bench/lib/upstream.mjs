// A server that speaks OpenAI's chat completions and always streams the same answer.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const sentence = 'The harbour keeps what the window remembers, and paper. '; // 56 bytes, nothing to escape

async function stream(response, { bytes, durationMs, pieceBytes = sentence.length }) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const pieces = Math.ceil(bytes / pieceBytes);
  const begin = performance.now();
  for (let i = 0; i < pieces; i++) {
    const at = (i * pieceBytes) % sentence.length;
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: sentence.slice(at, at + pieceBytes) } }] })}\n\n`);
    const early = begin + (durationMs * i) / pieces - performance.now();
    if (early > 2) await sleep(early);
  }
  response.end(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`);
}

/** Resolves to {url, close()}. Each answer is `bytes` long and takes `durationMs`, in pieces of 56 bytes or of `pieceBytes`, of which 56 are a multiple. */
export function startUpstream(answer) {
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ object: 'list', data: [{ id: 'gpt-stream', object: 'model' }] }));
    }
    request.resume().on('end', () => stream(response, answer).catch(() => response.destroy()));
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.closeAllConnections() || server.close() });
    });
  });
}
