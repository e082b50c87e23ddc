// A model in a process of its own, whose tokens are the times at which they were sent (of the clock that all processes share, in milliseconds). Its name
// says how it speaks: `tokens-N` N a second, `silent` not at all. It ends its answers when the parent says {end}, and tells {port} when it listens.
import http from 'node:http';

const lines = new Set();
let isEnding = false;
const now = () => performance.timeOrigin + performance.now();
const event = (data) => `data: ${JSON.stringify(data)}\n\n`;

function finish(line) {
  lines.delete(line);
  line.response.end(`${event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`);
}

// One clock for all lines, each with its own place in the interval: as many timers as lines would be what is measured.
setInterval(() => {
  const at = now();
  for (const line of lines) {
    if (isEnding || line.response.destroyed) {
      finish(line);
      continue;
    }
    for (; line.everyMs && line.nextAt <= at; line.nextAt += line.everyMs) {
      line.response.write(event({ choices: [{ index: 0, delta: { content: `t${now().toFixed(2)} ` } }] }));
    }
  }
  if (lines.size === 0) isEnding = false;
}, 1);

const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ object: 'list', data: ['tokens-50', 'tokens-200', 'silent'].map((id) => ({ id, object: 'model' })) }));
  }
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { model } = JSON.parse(body);
    const perSecond = Number(model.match(/^tokens-(\d+)$/)?.[1] ?? 0);
    const everyMs = perSecond ? 1000 / perSecond : 0;
    response.socket.setNoDelay(true);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    lines.add({ response, everyMs, nextAt: now() + Math.random() * everyMs });
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', ({ end }) => end && (isEnding = true));
process.on('disconnect', () => process.exit(0));
