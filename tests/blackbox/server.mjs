// Starts the real server for a test, talks to it, and ends it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";

const binary = process.env.SERVER_BINARY ?? "build/dev/threadkeep";

// A running server: `base` is its address, `store` what it was started with.
export class Server {
  static binary = binary;
  static #running = new Set();

  // Ends what a failed test has left running: as long as a child lives, the test's process does not end.
  static async endAll() {
    for (const server of Server.#running) await server.kill();
  }

  // options: store ("memory:" or a sqlite: one; a new file by default), folder (whose file t.db is the store; stays
  // when the server ends), port (a free one by default), env (more variables), through (a command that starts it).
  static async start(options = {}) {
    const server = new Server();
    server.folder = options.folder ?? mkdtempSync(join(tmpdir(), "threadkeep-test-"));
    server.ownsFolder = !options.folder;
    server.store = options.store ?? `sqlite:${join(server.folder, "t.db")}`;
    // Vendors of tests count what they are asked: titles are asked for by the tests of titles alone.
    const env = { PATH: process.env.PATH, HOME: server.folder, THREADKEEP_TITLES: "excerpt", ...sanitizers(), ...options.env };
    const command = [...(options.through ?? []), binary];
    server.process = spawn(command[0], [...command.slice(1), "serve", "--listen", `127.0.0.1:${options.port ?? 0}`, "--store", server.store], { env, stdio: ["ignore", "pipe", "pipe"] });
    server.errors = "";
    server.process.stderr.on("data", (bytes) => (server.errors += bytes));
    Server.#running.add(server);
    server.exited = new Promise((resolve) => server.process.on("exit", (code, signal) => resolve({ code, signal })));
    server.exited.then(() => Server.#running.delete(server));
    server.base = await server.#address();
    server.port = Number(new URL(server.base).port);
    return server;
  }

  #address() {
    return new Promise((resolve, reject) => {
      let output = "";
      this.process.stdout.on("data", (bytes) => {
        output += bytes;
        const found = output.match(/http:\/\/[^ ]+/);
        if (found) resolve(found[0]);
      });
      this.exited.then(({ code }) => reject(new Error(`the server ended with ${code}: ${this.errors}`)));
    });
  }

  // A request with a JSON body; answers { status, headers, body } with the body parsed when it is JSON.
  async call(method, path, body, headers = {}) {
    const hasBody = body !== undefined;
    const response = await fetch(this.base + path, {
      method,
      headers: hasBody ? { "Content-Type": "application/json", ...headers } : headers,
      body: hasBody ? (typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)) : undefined,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text };
  }

  // Sends bytes as they are and collects what comes back until the server closes or `waitMs` pass without a byte.
  raw(bytes, waitMs = 2000) {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1");
      let answer = "";
      socket.setTimeout(waitMs, () => socket.destroy());
      socket.on("data", (data) => (answer += data.toString("latin1")));
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
      socket.write(bytes);
    });
  }

  async kill() {
    this.process.kill("SIGKILL");
    return this.exited;
  }

  async terminate() {
    this.process.kill("SIGTERM");
    return this.exited;
  }

  // Ends the server and removes its files. Throws when it did not end properly, as under a sanitizer's report.
  async stop() {
    const { code, signal } = this.process.exitCode === null && this.process.signalCode === null ? await this.terminate() : await this.exited;
    if (this.ownsFolder) rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0 && signal !== "SIGKILL") throw new Error(`the server ended with ${code ?? signal}: ${this.errors}`);
  }
}

function sanitizers() {
  const names = ["ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"];
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// A new ULID; `time` is its first 48 bits.
export function ulid(time = Date.now()) {
  let text = "";
  let rest = BigInt(time);
  for (let i = 0; i < 10; i += 1) {
    text = alphabet[Number(rest & 31n)] + text;
    rest >>= 5n;
  }
  for (const byte of randomBytes(16)) text += alphabet[byte & 31];
  return text;
}

export const textBlock = (text) => [{ type: "text", text }];

// Reads a stream of events until "end", or until `until(event)` returns true. Returns the events as { id, event, data }.
export async function readEvents(response, until = () => false) {
  const events = [];
  const decoder = new TextDecoder();
  let buffer = "";
  for await (const chunk of response.body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let cut = buffer.indexOf("\n\n"); cut >= 0; cut = buffer.indexOf("\n\n")) {
      const event = { id: "", event: "message", data: "" };
      for (const line of buffer.slice(0, cut).split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
      }
      buffer = buffer.slice(cut + 2);
      if (!event.data) continue; // a heartbeat
      event.data = JSON.parse(event.data);
      events.push(event);
      if (event.event === "end" || until(event)) return events;
    }
  }
  return events;
}
