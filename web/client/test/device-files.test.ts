// Files on the device: kept before they are sent, sent once, refused in words; and what refers to them waits.
import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Sync } from "../src/core/sync";
import { enqueue } from "../src/core/local-writes";
import { LocalFiles } from "../src/files/device-files";
import { DeviceShelf, MemoryShelf, type FileShelf } from "../src/files/shelf";
import type { FileUpload } from "../src/files/upload";
import { ProblemError, UnreachableError } from "../src/problem";
import { DexieStore } from "../src/store/dexie-store";
import { MemoryStore } from "../src/store/memory-store";
import type { LocalStore } from "../src/core/local-store";

let count = 0;
const kinds: [string, () => Promise<{ store: LocalStore; shelf: FileShelf }>][] = [
  ["in memory", async () => ({ store: new MemoryStore(), shelf: new MemoryShelf() })],
  ["in IndexedDB", async () => {
    const store = await DexieStore.open(`files ${(count += 1)}`);
    return { store, shelf: new DeviceShelf(store.db) };
  }],
];
const problem = (status: number, kind: string) => new ProblemError({ type: `/problems/${kind}`, title: kind, status });
const around = { now: () => 1_000_000, newId: () => `${(count += 1)}` };
const file = (text: string, name = "a.txt") => new File([text], name, { type: "text/plain" });
/** Lets everything that needs no time come to its end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 250));

describe.each(kinds)("files of a device %s", (_, open) => {
  let store: LocalStore;
  let shelf: FileShelf;
  let uploads: FileUpload[];
  let answer: (upload: FileUpload) => Promise<void>;
  let drafted: Set<string>;
  let closing: AbortController;
  let room: number;

  beforeEach(async () => {
    ({ store, shelf } = await open());
    uploads = [];
    answer = async () => undefined;
    drafted = new Set();
    closing = new AbortController();
    room = Number.POSITIVE_INFINITY;
    return () => closing.abort();
  });
  const make = () =>
    new LocalFiles({
      store, shelf, around, baseUrl: "", name: "t", signal: closing.signal,
      upload: (upload) => {
        uploads.push(upload);
        return answer(upload);
      },
      roomFor: async () => room, cacheBytesMax: () => 10, drafted: () => drafted,
    });
  const ask = (attachmentId: string) =>
    enqueue(store, around, [{
      type: "ask", conversationId: "C", models: ["m"], answerIds: ["A"],
      message: { id: "Q", parentId: null, createdAt: 1, content: [{ type: "file", attachmentId, name: "a.txt", mediaType: "text/plain", size: 5 }] },
    }]);
  const asked = async () => {
    const sent: string[] = [];
    const door = { ask: async () => (sent.push("ask"), []), push: async () => ({ epoch: 1, results: [] }), changes: async () => Promise.reject(new Error()), snapshot: async () => Promise.reject(new Error()), presets: async () => [] };
    await store.write((tx) => tx.putState({ epoch: 1, cursor: "c", fill: null, restored: 0 }));
    await new Sync(store, door, around).push();
    return sent.length;
  };

  it("are kept at once, named by what is in them, and sent by themselves", async () => {
    const files = make();
    const block = await files.add(file("hello"));
    expect(block).toEqual({ type: "file", attachmentId: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", name: "a.txt", mediaType: "text/plain", size: 5 });
    await settled();
    expect(uploads.map(({ id, mediaType }) => [id, mediaType])).toEqual([[block.attachmentId, "text/plain"]]);
    expect(files.snapshot().size).toBe(0);
    expect(await (await files.held(block.attachmentId))!.text()).toBe("hello");
    await files.add(file("hello", "again.txt"));
    await settled();
    expect(uploads).toHaveLength(1);
  });

  it("hold back the message that refers to them, and no longer than until they are there", async () => {
    let arrive = (): void => undefined;
    answer = () => new Promise((resolve) => (arrive = resolve));
    const files = make();
    const { attachmentId } = await files.add(file("hello"));
    await ask(attachmentId);
    expect(await asked()).toBe(0);
    arrive();
    await settled();
    expect(await asked()).toBe(1);
  });

  it("wait while the server is away, also through a reload, and are sent then", async () => {
    answer = () => Promise.reject(new UnreachableError());
    const files = make();
    const { attachmentId } = await files.add(file("hello"));
    await ask(attachmentId);
    await settled();
    expect(files.snapshot().get(attachmentId)).toMatchObject({ state: "waiting", reason: "" });
    expect(await asked()).toBe(0);
    closing.abort();
    closing = new AbortController();
    answer = async () => undefined;
    await make().sendWaiting();
    await settled();
    expect(uploads).toHaveLength(2);
    expect(await asked()).toBe(1);
  });

  it("that are refused fail what waits for them, in words, and can be tried again", async () => {
    answer = () => Promise.reject(problem(507, "quota-reached"));
    const files = make();
    const { attachmentId } = await files.add(file("hello"));
    await settled();
    expect(files.snapshot().get(attachmentId)).toMatchObject({ state: "failed", reason: "All your files together are as large as the server allows." });
    await ask(attachmentId);
    await files.sendWaiting();
    const [entry] = await store.read((tx) => tx.failedEntries());
    expect(entry?.reason).toBe("“a.txt” was not taken. All your files together are as large as the server allows.");
    answer = async () => undefined;
    await files.retry(attachmentId);
    await settled();
    expect(files.snapshot().size).toBe(0);
  });

  it("are not taken when they are empty or when there is no room", async () => {
    const files = make();
    await expect(files.add(file(""))).rejects.toThrow("It is empty.");
    room = 3;
    await expect(files.add(file("hello"))).rejects.toThrow("There is no room for it on this device.");
    expect(await shelf.list()).toEqual([]);
  });

  it("that are taken out again are sent no further and leave nothing, but for what still needs them", async () => {
    answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("", "AbortError"))));
    const files = make();
    const { attachmentId } = await files.add(file("hello"));
    await settled();
    await files.drop(attachmentId);
    await settled();
    expect(uploads[0]!.signal.aborted).toBe(true);
    expect([files.snapshot().size, (await shelf.list()).length]).toEqual([0, 0]);
    const other = await files.add(file("needed"));
    await ask(other.attachmentId);
    await files.drop(other.attachmentId);
    expect(await shelf.list()).toHaveLength(1);
  });

  it("leave the device when they are too many, those first that were not used for long, and never what was not sent", async () => {
    const files = make();
    const sent = await files.add(file("sent already"));
    await settled();
    answer = () => Promise.reject(new UnreachableError());
    const unsent = await files.add(file("not sent yet"));
    await store.write(async (tx) => tx.deleteUnsentFiles([sent.attachmentId]));
    await files.tidy();
    expect((await shelf.list()).map(({ id }) => id)).toEqual([unsent.attachmentId]);
  });

  describe("pictures of the server", () => {
    const photograph = { type: "image" as const, attachmentId: "ab".repeat(32), name: "a.jpg", mediaType: "image/jpeg", size: 5_000_000 };
    let asks: string[];
    let statusOfSmall: number;
    let isAway: boolean;
    beforeEach(() => {
      asks = [];
      statusOfSmall = 200;
      isAway = false;
      vi.stubGlobal("fetch", async (address: string) => {
        if (isAway) throw new TypeError("Failed to fetch");
        const isSmall = address.includes("/thumbnail");
        await new Promise((resolve) => setTimeout(resolve, 30));
        asks.push(isSmall ? address.slice(address.indexOf("/thumbnail")) : "whole");
        return new Response(isSmall ? "small" : "the whole", { status: isSmall ? statusOfSmall : 200 });
      });
      return () => vi.unstubAllGlobals();
    });

    it("come small, are kept on the device, and do not stand for the whole", async () => {
      const files = make();
      const both = await Promise.all([files.small(photograph), files.small(photograph)]);
      expect(await Promise.all(both.map((bytes) => bytes!.text()))).toEqual(["small", "small"]);
      expect(asks).toEqual(["/thumbnail?size=640"]);
      await settled();
      isAway = true;
      expect(await (await files.small(photograph))!.text()).toBe("small");
      expect(await files.held(photograph.attachmentId)).toBeNull();
      await expect(files.read(photograph.attachmentId)).rejects.toThrow(UnreachableError);
      isAway = false;
      expect(await (await files.read(photograph.attachmentId))!.text()).toBe("the whole");
      await settled();
      expect(await (await files.small(photograph))!.text()).toBe("the whole");
    });

    it.each([404, 501, 503])("come whole where the server has them not small (%i)", async (status) => {
      statusOfSmall = status;
      expect(await (await make().small(photograph))!.text()).toBe("the whole");
      expect(asks).toEqual(["/thumbnail?size=640", "whole"]);
    });

    it("come whole when they are small already, or may move", async () => {
      const files = make();
      for (const [id, other] of [["cd", { size: 5_000 }], ["de", { mediaType: "image/gif" }], ["ef", { mediaType: "image/webp" }]] as const)
        expect(await (await files.small({ ...photograph, attachmentId: id.repeat(32), ...other }))!.text()).toBe("the whole");
      expect(asks).toEqual(["whole", "whole", "whole"]);
    });
  });
});
