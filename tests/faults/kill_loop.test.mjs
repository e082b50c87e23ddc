// kill -9 of the whole server under mixed load, over and over: what was acknowledged is there once, what was not is there once
// after it was sent again, answers keep their text, all of it comes through the change feed in order, and the server is soon
// back. THREADKEEP_KILLS sets how often.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { Server } from "../blackbox/server.mjs";
import { Vendor } from "../e2e/vendor.mjs";
import { Editor, Follower, Importer, Listener, Writer } from "./clients.mjs";

const kills = Number(process.env.THREADKEEP_KILLS ?? 200);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(() => Server.endAll());

// Kills a server that has not come to its first line yet, or just has.
async function killAtStart(folder) {
  // The test's own settings are none of the server's: it would refuse to start.
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(Server.binary, ["serve", "--listen", "127.0.0.1:0", "--store", `sqlite:${join(folder, "t.db")}`], { env, stdio: "ignore" });
  const exited = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  await pause(Math.random() * 100);
  child.kill("SIGKILL");
  assert.deepEqual(await exited, { code: null, signal: "SIGKILL" });
}

test(`${kills} kills under load lose nothing that was acknowledged`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  const vendor = await Vendor.start();
  vendor.says("owl", ...Array.from({ length: 400 }, (_, i) => `piece ${i} of an answer that is longer than the server lives, `.repeat(8)));
  const clients = [new Writer(), new Writer(), new Writer(), new Editor(), new Importer(), new Listener(), new Listener(), new Follower()];
  const readyMs = [];
  try {
    for (let round = 0; round <= kills; round += 1) {
      if (round % 10 === 9) await killAtStart(folder);
      const begin = performance.now();
      const server = await Server.start({ folder, env: vendor.env });
      readyMs.push(performance.now() - begin);
      for (const client of clients) await client.audit(server, clients);
      if (round === kills) {
        await server.stop();
        break;
      }
      const running = clients.map((client) => client.run(server));
      await pause(40 + Math.random() * 260);
      await server.kill();
      await Promise.all(running);
    }
  } finally {
    await vendor.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const acknowledged = clients.reduce((sum, client) => sum + client.acknowledged, 0);
  const lostBytes = Math.max(...clients.map((client) => client.lostBytes ?? 0));
  readyMs.sort((a, b) => a - b);
  console.log(`${kills} kills, ${acknowledged} acknowledged, 0 lost, 0 twice; of a running answer at most ${lostBytes} bytes were shown and not kept; ready again in ${Math.round(readyMs[readyMs.length >> 1])} ms (median), ${Math.round(readyMs.at(-1))} ms (longest)`);
  for (const client of clients) assert.ok(client.acknowledged > 0, `a ${client.constructor.name} did not come to work`);
});
