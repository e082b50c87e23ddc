// The random operations of the model against the real server. Needs its binary: SERVER_BINARY, or the one that scripts/build has made.
import "fake-indexeddb/auto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { createApi } from "../../src/api";
import { textOf } from "../../src/message-row";
import { openClient } from "../../src/open-client";
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

const canRun = isThere || process.env.CI !== undefined;

async function startServer(): Promise<RunningServer> {
  const { Server } = (await import(resolve(root, "tests/blackbox/server.mjs"))) as { Server: { start: (options: object) => Promise<RunningServer> } };
  return Server.start({ store: "memory:" });
}

it.runIf(canRun)(`${runs} runs over HTTP and IndexedDB come together`, { timeout: 1_800_000 }, async () => {
  for (let seed = from; seed < from + runs; seed += perServer) {
    const server = await startServer();
    try {
      for (let i = 0; i < perServer && seed + i < from + runs; i += 1) expect(await runAgainst(server.base, seed + i)).toBeNull();
    } finally {
      await server.stop();
    }
  }
});

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((done) => setTimeout(done, 2));
}

it.runIf(canRun)("two devices hear of everything at once, watch each other's answers", { timeout: 120_000 }, async () => {
  const server = await startServer();
  const api = (base: () => string) => createApi({ fetch: (path, init) => fetch(base() + String(path), init) });
  const open = (name: string) => openClient({ api: api(() => server.base), name, drafts: null });
  const [here, there] = [await open("here"), await open("there")];
  try {
    const view = here.newView();
    await view.send("Tell me about the sea", ["builtin"]);
    await until(() => there.list.get(view.id) !== undefined);
    const watching = there.viewOf(view.id);
    await watching.open();
    await until(() => watching.snapshot().rows.at(-1)?.message.role === "assistant");
    await until(() => view.snapshot().rows.at(-1)?.message.status === "complete" && !view.isRunning);
    await until(() => watching.snapshot().rows.at(-1)?.message.status === "complete" && !watching.isRunning);
    expect(textOf(watching.snapshot().rows.at(-1)!.message)).toBe(textOf(view.snapshot().rows.at(-1)!.message));
    const undo = await here.list.change([view.id], { title: "The sea" });
    await until(() => there.list.get(view.id)?.title === "The sea");
    await undo();
    await until(() => there.list.get(view.id)?.title !== "The sea" && here.outbox.snapshot().items.length === 0);
    await there.list.change([view.id], { isArchived: true });
    await until(() => here.list.snapshot().archived.items.length === 1);
  } finally {
    here.close();
    there.close();
    await server.stop();
  }
});
