// A server that speaks OpenAI's chat completions; the model's name chooses how it misbehaves. `steady` is the one that behaves.
import http from 'node:http';

const data = (delta) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
const call = (index, words) => ({ index, id: `call${index}`, function: { name: 'search_conversations', arguments: JSON.stringify({ query: words }) } });
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

async function write(response, text) {
  response.setMaxListeners(0);
  if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
}
async function repeat(response, text, bytes) {
  const many = text.repeat(Math.ceil(65_536 / text.length));
  for (let sent = 0; sent < bytes && !response.destroyed; sent += many.length) await write(response, many);
}

const answers = {
  spaces: (response) => repeat(response, data({ content: ' ' }), 64 << 20),
  letters: (response) => repeat(response, data({ content: 'x' }), 32 << 20),
  calls: (response) => write(response, data({ tool_calls: numbers(400).map((i) => call(i, `word${i}`)) })),
  async manyCalls(response) {
    for (let from = 0; from < 150_000; from += 1_000) await write(response, data({ tool_calls: numbers(1_000).map((i) => call(from + i, 'x')) }));
  },
  oneDelta: (response) => write(response, data({ content: 'x'.repeat(15 << 20) })),
};

/** Resolves to {url, close()}. */
export function startHostileUpstream() {
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ object: 'list', data: Object.keys(answers).map((id) => ({ id, object: 'model' })) }));
    }
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', async () => {
      const { model, messages } = JSON.parse(body);
      response.on('error', () => {});
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const wasCalled = messages.some(({ role }) => role === 'tool');
      if (!wasCalled) await answers[model]?.(response);
      response.end(`${data({ content: 'end' })}data: [DONE]\n\n`);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.closeAllConnections() || server.close() }));
  });
}
