// kill -9 while files come in and messages name them: what was answered with 201 is there, whole; of the rest nothing is left.
// THREADKEEP_KILLS sets the number of kills.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Server, ulid } from "../blackbox/server.mjs";

const kills = Number(process.env.THREADKEEP_KILLS ?? 5);
const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex");

test(`a server that is killed ${kills} times keeps every file that it acknowledged`, { timeout: 60_000 + kills * 5_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-kills-"));
  try {
    const kept = new Map();
    const named = new Set();
    const conversation = ulid();
    for (let round = 0; round < kills; round += 1) {
      const server = await Server.start({ folder });
      await server.call("POST", "/api/conversations", { id: conversation, title: "Files" });
      let isOver = false;
      const work = async () => {
        while (!isOver) {
          const bytes = randomBytes(1 + Math.floor(Math.random() * 400_000));
          const response = await fetch(`${server.base}/api/attachments`, { method: "POST", headers: { "Content-Type": "image/png" }, body: bytes }).catch(() => undefined);
          const { attachmentId } = response?.status === 201 ? await response.json().catch(() => ({})) : {};
          if (!attachmentId) continue;
          assert.equal(attachmentId, hashOf(bytes));
          kept.set(attachmentId, bytes.length);
          const block = { type: "image", attachmentId, name: "a.png", mediaType: "image/png", size: bytes.length };
          const message = await server.call("POST", `/api/conversations/${conversation}/messages`, { role: "user", content: [block] }).catch(() => undefined);
          if (message?.status === 201) named.add(attachmentId);
        }
      };
      const workers = Array.from({ length: 4 }, work);
      await new Promise((done) => setTimeout(done, 100 + Math.random() * 400));
      await server.kill();
      isOver = true;
      await Promise.all(workers);
    }
    const server = await Server.start({ folder });
    assert.ok(kept.size >= kills, `${kept.size}`);
    for (const [id, size] of kept) {
      const bytes = Buffer.from(await (await fetch(`${server.base}/api/attachments/${id}`)).arrayBuffer());
      assert.equal(bytes.length, size);
      assert.equal(hashOf(bytes), id);
    }
    assert.deepEqual(readdirSync(join(folder, "t.db.blobs")).filter((name) => name.startsWith("new-")), [], "nothing half is left");
    await server.stop();
    // Reads and hashes every file, and finds every message. Bytes that were placed and not noted by the time of the kill belong to nobody: the next
    // collection removes them, and the check says so.
    const checked = spawnSync(Server.binary, ["check", "--store", `sqlite:${join(folder, "t.db")}`], { env: { PATH: process.env.PATH, HOME: folder }, encoding: "utf8" });
    const findings = checked.stdout.split("\n").filter((line) => /^[a-z]+(-[a-z]+)*: /.test(line));
    assert.match(checked.stdout, new RegExp(`, ${findings.length} findings?`), "each finding is looked at");
    const ownerless = findings.map((line) => /^blob-ownerless: file ([0-9a-f]{64}): /.exec(line)?.[1]);
    assert.ok(ownerless.every((id) => id !== undefined && !kept.has(id)), findings.join("\n"));
    assert.ok(ownerless.length <= 4 * kills, "no more than were under way");
    console.log(`${kills} kills, ${kept.size} files acknowledged, ${named.size} named by messages`);
  } finally {
    await Server.endAll();
    rmSync(folder, { recursive: true, force: true });
  }
});
