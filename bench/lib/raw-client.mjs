// As little of an HTTP client as can be, so that what is measured is the server: one request after the other on each of some connections.
import net from 'node:net';

/**
 * Sends `requests(index)`, a list of buffers, for every index below `count`, and reads each answer to its end. `onAnswer(index, status, head, bytes)`:
 * `bytes` are those of its body, counted. Resolves to the milliseconds that all took.
 */
export async function exchange(port, count, connections, requests, onAnswer) {
  let next = 0;
  const begin = performance.now();
  await Promise.all(Array.from({ length: Math.min(connections, count) }, () => new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    let index = -1;
    let head = '';
    let left = -1; // of a body; -1: its head is being read
    let bytes = 0;
    const send = () => {
      if (next >= count) return socket.end(resolve);
      index = next++;
      head = '';
      left = -1;
      socket.cork();
      for (const part of requests(index)) socket.write(part);
      socket.uncork();
    };
    const take = (part) => {
      if (left < 0) {
        head += part.latin1Slice(0, part.length);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const bodyInPart = head.length - end - 4;
        head = head.slice(0, end);
        bytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        left = bytes - bodyInPart;
      } else {
        left -= part.length;
      }
      if (left > 0) return;
      if (left < 0) return reject(new Error(`more than its length: ${head}`));
      onAnswer(index, Number(head.slice(9, 12)), head, bytes);
      send();
    };
    socket.on('error', reject).on('connect', send).on('data', (part) => {
      try {
        take(part);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('close', () => reject(new Error(`closed after ${index}: ${head}`)));
  })));
  return performance.now() - begin;
}
