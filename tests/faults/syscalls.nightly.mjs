// System calls of the shipped server fail one by one (strace -e inject): at each position the server answers, refuses or ends,
// but never hangs; and the next server has what was acknowledged. THREADKEEP_SYSCALL_POSITIONS sets how many positions of each.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Server, textBlock, ulid } from "../blackbox/server.mjs";
import { wholeTree } from "./clients.mjs";

const positions = Number(process.env.THREADKEEP_SYSCALL_POSITIONS ?? 60);
const calls = {
  pwrite64: ["EIO", "ENOSPC", "EROFS"],
  fdatasync: ["EIO", "ENOSPC"],
  fsync: ["EIO"],
  ftruncate: ["EIO", "ENOSPC"],
  openat: ["EIO", "EMFILE", "EACCES"],
  pread64: ["EIO"],
  mmap: ["ENOMEM"],
  "accept,accept4": ["EMFILE", "ECONNABORTED", "ENOMEM"],
  recvfrom: ["ECONNRESET", "ENOMEM"],
  "sendto,sendmsg": ["ECONNRESET", "EPIPE", "ENOMEM"],
};
const withinMs = 20_000;

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what} hangs` })), withinMs)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Some of everything; answers the ids that were acknowledged. A server that ends is a way to fail, too.
async function use(server, conversation, acknowledged) {
  try {
    await within(server.call("POST", "/api/conversations", { id: conversation }), "creating");
    for (let i = 0; i < 8; i += 1) {
      const id = ulid();
      const answer = await within(
        server.call("POST", `/api/conversations/${conversation}/messages`, { id, role: "user", content: textBlock("x".repeat(i * 3000 + 1)) }).catch(() => undefined),
        "an append",
      );
      if (answer?.status === 201) acknowledged.push(id);
    }
    await within(server.call("GET", "/api/conversations"), "the list");
    await within(server.call("DELETE", `/api/conversations/${ulid()}`), "a delete");
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

async function failAt(call, error, when) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    const conversation = ulid();
    const acknowledged = [];
    const through = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${when}`];
    const server = await within(Server.start({ folder, through }).catch((failure) => failure), "the start");
    if (server instanceof Server) {
      await use(server, conversation, acknowledged);
      server.process.kill("SIGTERM");
      await within(server.exited, "the end");
    } else {
      assert.match(server.message, /the server ended with/);
    }
    const next = await Server.start({ folder });
    if (acknowledged.length > 0) {
      const there = (await wholeTree(next, conversation)).map(({ id }) => id);
      for (const id of acknowledged) assert.equal(there.filter((found) => found === id).length, 1);
    }
    await next.stop();
    return acknowledged.length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [call, errors] of Object.entries(calls)) {
  for (const error of errors) {
    test(`${call} fails with ${error} at each of ${positions} positions`, async () => {
      let acknowledged = 0;
      for (let when = 1; when <= positions; when += 1) acknowledged += await failAt(call, error, when);
      console.log(`${call} ${error}: ${positions} runs, ${acknowledged} acknowledged, 0 lost`);
    });
  }
}
