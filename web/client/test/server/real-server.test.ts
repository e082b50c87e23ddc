// The random operations of the model against the real server. Needs its binary: SERVER_BINARY, or the one that scripts/build has made.
import "fake-indexeddb/auto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { runAgainst } from "./real-run";

const root = resolve(import.meta.dirname, "../../../..");
process.env.SERVER_BINARY ??= resolve(root, "build/dev/threadkeep");
const isThere = existsSync(process.env.SERVER_BINARY);
const runs = Number(process.env.SYNC_SERVER_RUNS ?? 500);
const from = Number(process.env.SYNC_SERVER_SEED ?? 1);
/** Runs that share a server process. */
const perServer = 4;

interface RunningServer {
  base: string;
  stop: () => Promise<void>;
}

it.runIf(isThere || process.env.CI !== undefined)(`${runs} runs over HTTP and IndexedDB come together`, { timeout: 1_800_000 }, async () => {
  const { Server } = (await import(resolve(root, "tests/blackbox/server.mjs"))) as { Server: { start: (options: object) => Promise<RunningServer> } };
  for (let seed = from; seed < from + runs; seed += perServer) {
    const server = await Server.start({ store: "memory:" });
    try {
      for (let i = 0; i < perServer && seed + i < from + runs; i += 1) expect(await runAgainst(server.base, seed + i)).toBeNull();
    } finally {
      await server.stop();
    }
  }
});
