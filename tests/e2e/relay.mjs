// Stands between a browser and the server, as a proxy does, and gives out other bytes for some addresses. What a browser
// fetches for its service worker cannot be changed from inside the page.
import { once } from "node:events";
import { createServer, request } from "node:http";

export class Relay {
  #changed = new Map();

  static async start(server) {
    const relay = new Relay();
    relay.server = createServer((incoming, answer) => relay.#pass(server, incoming, answer));
    relay.server.listen(0, "127.0.0.1");
    await once(relay.server, "listening");
    relay.base = `http://127.0.0.1:${relay.server.address().port}`;
    return relay;
  }

  /** From now on the text at `path` is what `change` makes of it. */
  change(path, change) {
    this.#changed.set(path, change);
  }

  #pass(server, incoming, answer) {
    const headers = { ...incoming.headers, host: new URL(server.base).host };
    if (headers.origin) headers.origin = server.base;
    const change = this.#changed.get(incoming.url);
    if (change) for (const name of ["accept-encoding", "if-none-match"]) delete headers[name];
    const passed = request(server.base + incoming.url, { method: incoming.method, headers }, async (response) => {
      if (!change) {
        answer.writeHead(response.statusCode, response.headers);
        answer.flushHeaders();
        return response.pipe(answer);
      }
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      const { "content-length": _, etag: __, ...kept } = response.headers;
      answer.writeHead(response.statusCode, kept);
      answer.end(change(text));
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
