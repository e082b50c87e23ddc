// The random operations of the model against the real server. Needs its binary: SERVER_BINARY, or the one that scripts/build has made.
import "fake-indexeddb/auto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { createApi } from "../../src/api";
import type { Client } from "../../src/client";
import { newId } from "../../src/ids";
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

/** Two devices, and a server between them. */
async function withTwoDevices(run: (here: Client, there: Client, base: string) => Promise<void>): Promise<void> {
  const server = await startServer();
  const api = createApi({ fetch: (path, init) => fetch(server.base + String(path), init) });
  const open = () => openClient({ api, name: newId(), drafts: null });
  const [here, there] = [await open(), await open()];
  try {
    await run(here, there, server.base);
  } finally {
    here.close();
    there.close();
    await server.stop();
  }
}

it.runIf(canRun)("two devices hear of everything at once, watch each other's answers", { timeout: 120_000 }, async () => {
  await withTwoDevices(async (here, there) => {
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
  });
});

it.runIf(canRun)("a message deleted on one device goes on the other, comes back with its words, and goes for ever", { timeout: 120_000 }, async () => {
  await withTwoDevices(async (here, there) => {
    const view = here.newView();
    for (const text of ["Count the words: one", "Count the words: one two"]) {
      await view.send(text, ["builtin"]);
      await until(() => view.snapshot().rows.at(-1)?.message.status === "complete" && !view.isRunning && here.outbox.snapshot().items.length === 0);
    }
    await until(() => there.list.get(view.id)?.messageCount === 4);
    const watching = there.viewOf(view.id);
    await watching.open();
    const texts = (of: typeof view) => of.snapshot().rows.map((row) => textOf(row.message));
    await until(() => texts(watching).join() === texts(view).join());
    const all = texts(view);
    const [, answer, question] = view.snapshot().rows.map((row) => row.message.id);
    const signal = new AbortController().signal;

    const { count, undo } = await view.remove(answer!, "alone");
    expect(count).toBe(1);
    expect(texts(view)).toEqual([all[0], all[2], all[3]]);
    await until(() => texts(watching).length === 3 && here.outbox.snapshot().items.length === 0);
    expect(texts(watching)).toEqual(texts(view));
    expect(watching.snapshot().rows[1]!.message.parentId).toBe(view.snapshot().rows[0]!.message.id);
    expect((await watching.readTrash(signal)).messages.map(textOf)).toEqual([all[1]]);
    await undo();
    await until(() => texts(watching).length === 4 && here.outbox.snapshot().items.length === 0);
    expect(texts(watching)).toEqual(all);
    expect(texts(view)).toEqual(all);

    expect((await watching.remove(question!, "branch")).count).toBe(2);
    await until(() => texts(view).length === 2 && there.outbox.snapshot().items.length === 0);
    expect(texts(view)).toEqual(all.slice(0, 2));
    await view.removeForever([question!]);
    await until(() => here.outbox.snapshot().items.length === 0);
    const trash = await watching.readTrash(signal);
    expect(trash).toMatchObject({ isWhole: true });
    expect(trash.messages.map(textOf)).toEqual([all[3]]);
    await watching.restore([question!, trash.messages[0]!.id]);
    await until(() => texts(view).length === 3 && there.outbox.snapshot().items.length === 0);
    expect(texts(view)).toEqual([all[0], all[1], all[3]]);
  });
});

it.runIf(canRun)("a message far above that is deleted on one device goes on the other, and comes back, in the view that is open", { timeout: 120_000 }, async () => {
  await withTwoDevices(async (here, there, base) => {
    const post = async (path: string, body: object) => {
      const response = await fetch(base + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      expect(response.ok).toBe(true);
    };
    const id = newId();
    const ids = Array.from({ length: 130 }, () => newId());
    await post("/api/conversations", { id });
    for (const [at, message] of ids.entries()) await post(`/api/conversations/${id}/messages`, { id: message, role: at % 2 ? "assistant" : "user", content: [{ type: "text", text: `message ${at}` }] });
    await until(() => there.list.get(id)?.messageCount === 130 && here.list.get(id)?.messageCount === 130);
    const watching = there.viewOf(id);
    await watching.open();
    const shown = () => watching.snapshot().rows.map((row) => row.message.id);
    while (shown().length < 130) await watching.showOlder();
    const view = here.viewOf(id);
    await view.open();

    // In one pull with a message that comes in: as many messages as before.
    const late = newId();
    const { undo } = await view.remove(ids[7]!, "alone");
    await post(`/api/conversations/${id}/messages`, { id: late, role: "user", content: [{ type: "text", text: "late" }] });
    await until(() => shown().includes(late) && !shown().includes(ids[7]!));
    expect(shown()).toEqual([...ids.filter((one) => one !== ids[7]), late]);
    await undo();
    await until(() => shown().includes(ids[7]!));
    expect(shown()).toEqual([...ids, late]);
  });
});
