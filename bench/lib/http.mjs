// A small HTTP client for seeding and for looking at single answers.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** Resolves to {status, body}; body is text. */
export function send(port, method, path, json) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const headers = body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {};
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Like send, but any other status is an error; resolves to the parsed body. */
export async function expect(status, port, method, path, json) {
  const answer = await send(port, method, path, json);
  if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${answer.body.slice(0, 300)}`);
  return JSON.parse(answer.body);
}

/** Runs `work` for every item, 64 at a time. */
export async function forEach(items, work) {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}
