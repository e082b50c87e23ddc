// Deleted messages and a server that was restored from a backup; and which words of them a device keeps.
import { beforeEach, describe, expect, it } from "vitest";
import { enqueue } from "../../src/core/local-writes";
import type { Operation } from "../../src/core/outbox";
import { giveBackSeen } from "../../src/core/seen-answers";
import { Sync } from "../../src/core/sync";
import { textOf } from "../../src/message-row";
import { readPath } from "../../src/local/path-reader";
import { readPending, readTrash } from "../../src/local/trash";
import { UnreachableError } from "../../src/problem";
import { MemoryStore } from "../../src/store/memory-store";
import type { Api } from "../../src/api";
import { doorTo, ModelServer, text } from "../model/model-server";

let server: ModelServer;
let ids: number;

class Device {
  readonly store = new MemoryStore();
  readonly around = { now: () => server.now, newId: () => `N${(ids += 1)}` };
  private readonly sync = new Sync(this.store, doorTo(server), this.around, { pageRows: 50 });

  /** All that waits is sent, and all that changed is here. */
  async meet(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await this.sync.push();
      await this.sync.pull();
      while (await this.sync.fill());
    }
  }
  /** Nothing is sent. */
  async hear(): Promise<void> {
    await this.sync.pull();
  }
  async does(...operations: Operation[]): Promise<void> {
    server.now += 1_000;
    await enqueue(this.store, this.around, operations);
    await this.meet();
  }
  row(id: string) {
    return this.store.messageRows.get(id);
  }
  async shown(): Promise<string[]> {
    const { rows } = await this.store.read((tx) => readPath(tx, "C", 50));
    return rows.map(({ message }) => `${message.id} ${textOf(message)}`);
  }
}

const append = (id: string, parentId: string | null): Operation => ({ type: "append-message", conversationId: "C", message: { id, parentId, role: "user", content: text(`words ${id}`) } });
const remove = (messageIds: string[], forever = false): Operation => ({ type: "delete-messages", conversationId: "C", messageIds, editedAt: server.now, ...(forever && { forever }) });
const restore = (messageIds: string[]): Operation => ({ type: "restore-messages", conversationId: "C", messageIds, editedAt: server.now });
/** Of the server: what each message is. */
const states = () => Object.fromEntries(server.messages().map((row) => [row.id, row.isErased ? "erased" : row.deletedAt === undefined ? "live" : "trash"]));

let here: Device;
let there: Device;

beforeEach(async () => {
  ids = 0;
  server = new ModelServer(() => 0.5);
  [here, there] = [new Device(), new Device()];
  await here.does({ type: "create-conversation", conversation: { id: "C", title: "Tea" } }, append("M1", null), append("M2", "M1"), append("M3", "M2"), append("M4", "M3"));
  await there.meet();
});

describe("after a restore of the server", () => {
  it("what was deleted, brought back and erased since the backup is given back as such", async () => {
    await here.does(remove(["M4"]));
    await there.meet();
    server.backUp();
    await here.does(remove(["M1"]));
    await here.does(restore(["M4"]));
    await here.does(remove(["M2"], true));
    server.restore();
    expect(states()).toEqual({ M1: "live", M2: "live", M3: "live", M4: "trash" });
    await here.meet();
    expect(states()).toEqual({ M1: "trash", M2: "erased", M3: "live", M4: "live" });
    await there.meet();
    expect(await there.shown()).toEqual(["M3 words M3", "M4 words M4"]);
    expect(await here.shown()).toEqual(await there.shown());
  });

  it("what came back before the backup stays, whatever a device still thinks", async () => {
    await here.does(remove(["M2"]));
    await there.meet();
    await here.does(restore(["M2"]));
    server.backUp();
    await here.does(append("M5", "M4"));
    server.restore();
    await there.meet();
    await here.meet();
    await there.meet();
    expect(states()).toEqual({ M1: "live", M2: "live", M3: "live", M4: "live", M5: "live" });
    expect(await there.shown()).toHaveLength(5);
  });

  it("the later of two wishes stays, in whatever order the devices come", async () => {
    for (const order of [[0, 1], [1, 0]]) {
      await here.does(remove(["M3"]));
      await there.meet();
      server.backUp();
      await there.does(restore(["M3"]));
      await here.meet();
      await here.does(remove(["M3"]));
      server.restore();
      for (const at of order) await [here, there][at]!.meet();
      expect(states()).toMatchObject({ M3: "trash" });
      await here.meet();
      await there.meet();
      await here.does(restore(["M3"]));
      await there.meet();
    }
  });

  it("what was erased is erased again, also when a device that had not heard of it gives it back", async () => {
    server.backUp();
    await here.does(append("M5", "M4"));
    await there.meet();
    await here.does(remove(["M5"], true));
    expect(states()).toMatchObject({ M5: "erased" });
    server.restore();
    await here.meet();
    await there.meet();
    expect(states()).toMatchObject({ M5: "live" });
    await here.hear();
    expect(here.row("M5")).toMatchObject({ content: [], isErased: true });
    await here.meet();
    expect(states()).toMatchObject({ M5: "erased" });
    expect(JSON.stringify([...here.store.messageRows.values()])).not.toContain("words M5");
    await there.meet();
    expect(JSON.stringify([...there.store.messageRows.values()])).not.toContain("words M5");
    expect(await there.shown()).toHaveLength(4);
  });

  it("what stood under one that is not given back is given back under what that stood under", async () => {
    server.backUp();
    await here.does(append("M5", "M4"), append("M6", "M5"));
    await here.does(remove(["M5"]));
    server.restore();
    await here.meet();
    expect(server.messages().find((row) => row.id === "M6")).toMatchObject({ parentId: "M4" });
    expect((await here.shown()).at(-1)).toBe("M6 words M6");
  });
});

describe("the words of a deleted message", () => {
  const away = { listMessages: async () => Promise.reject(new UnreachableError()) } as unknown as Api;
  const trashOf = async (device: Device) => readTrash(away, "C", await device.store.read((tx) => readPending(tx, "C")), new AbortController().signal);

  it("stay on the devices that had them while it is in the trash, and show it there without the server", async () => {
    await here.does(remove(["M2"]));
    await there.meet();
    expect(await there.shown()).toEqual(["M1 words M1", "M3 words M3", "M4 words M4"]);
    expect(there.row("M2")).toMatchObject({ content: [], kept: text("words M2") });
    expect(await trashOf(there)).toMatchObject({ isWhole: false, messages: [{ id: "M2", content: text("words M2") }] });
    await enqueue(there.store, there.around, [restore(["M2"])]);
    expect(await there.shown()).toEqual(["M1 words M1", "M2 words M2", "M3 words M3", "M4 words M4"]);
    expect(await trashOf(there)).toMatchObject({ messages: [] });
    await there.meet();
    expect(there.row("M2")).not.toHaveProperty("kept");
  });

  it("are nowhere any more when it is erased", async () => {
    await here.does(remove(["M2"]));
    await there.meet();
    await here.does(remove(["M2"], true));
    await there.meet();
    for (const device of [here, there]) expect(JSON.stringify([...device.store.messageRows.values()])).not.toContain("words M2");
    expect(await trashOf(there)).toMatchObject({ messages: [] });
  });

  it("are not given back as what was read of a cut answer", async () => {
    const row = server.messages().find((one) => one.id === "M4")!;
    const seen = { messageId: "M4", conversationId: "C", content: text("words M4 and more"), seenAt: server.now };
    const giveBack = () => here.store.write(async (tx) => {
      await tx.putSeenAnswers([seen]);
      return giveBackSeen(tx, here.around, () => server.now);
    });
    await here.store.write((tx) => tx.putMessages([{ ...row, epoch: 1, status: "interrupted", deletedAt: 5, content: [] }]));
    expect(await giveBack()).toBe(false);
    await here.store.write((tx) => tx.putMessages([{ ...row, epoch: 1, status: "interrupted" }]));
    await enqueue(here.store, here.around, [remove(["M4"])]);
    expect(await giveBack()).toBe(false);
  });

  it("whoever watches a store hears that messages were deleted or brought back, and of nothing else as such", async () => {
    const heard: string[][] = [];
    there.store.subscribe(({ deletions }) => deletions.size > 0 && heard.push([...deletions]));
    await here.does(append("M5", "M4"));
    await there.meet();
    expect(heard).toEqual([]);
    await here.does(remove(["M5"]));
    await there.meet();
    expect(heard).toEqual([["C"]]);
    await here.does(restore(["M5"]));
    await there.meet();
    expect(heard).toEqual([["C"], ["C"]]);
  });
});
