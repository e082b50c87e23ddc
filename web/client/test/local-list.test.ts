import { describe, expect, it } from "vitest";
import { countsOf, filterOf } from "../src/local/filters";
import { planChange } from "../src/local/list-changes";
import { LocalList } from "../src/local/local-list";
import { fold, matchWords, wordsOf } from "../src/search/words";
import { ServerClock } from "../src/core/server-clock";
import { MemoryStore } from "../src/store/memory-store";
import type { Conversation } from "../src/types";
import { conversation } from "./fake-server";

let stamps = 0;
const stamp = () => (stamps += 1);

describe("filters", () => {
  const rows = [
    conversation("a", { folder: "Work", tags: ["x"], title: "Tax questions" }),
    conversation("b", { isArchived: true, folder: "Work" }),
    conversation("c", { isPinned: true, isUnread: true, tags: ["x", "y"] }),
    conversation("d", { deletedAt: 5, folder: "Work" }),
  ];
  const ids = (filter: Parameters<typeof filterOf>[0]) => rows.filter(filterOf(filter)).map((row) => row.id);
  it("shows what is asked for, and nothing of the trash unless it is asked for", () => {
    expect(ids({})).toEqual(["a", "b", "c"]);
    expect(ids({ scope: "main" })).toEqual(["a"]);
    expect(ids({ scope: "trash" })).toEqual(["d"]);
    expect(ids({ folder: "Work" })).toEqual(["a", "b"]);
    expect(ids({ folder: null, tag: "x" })).toEqual(["c"]);
    expect(ids({ isUnread: true })).toEqual(["c"]);
    expect(ids({ words: "que TA" })).toEqual(["a"]);
    expect([ids({ words: " " }).length, ids({ words: "?" }), ids({ words: "\u200b" })]).toEqual([3, [], []]);
  });
  it("counts what the side bar shows", () => {
    expect(countsOf(rows)).toEqual({
      all: 2, unread: 1, pinned: 1, archived: 1, trash: 1,
      folders: [{ name: "Work", count: 1, unread: 0 }],
      tags: [{ name: "x", count: 2, unread: 1 }, { name: "y", count: 1, unread: 1 }],
    });
  });
});

describe("changes", () => {
  it("are no operations where nothing would change, and are taken back one by one", () => {
    const rows = [conversation("a", { folder: "Old" }), conversation("b", { folder: "New" })];
    const { operations, undo } = planChange(rows, { folder: "New" }, stamp);
    expect(operations).toMatchObject([{ conversationId: "a", fields: { folder: "New" } }]);
    expect(undo(stamp)).toMatchObject([{ conversationId: "a", fields: { folder: "Old" } }]);
  });
  it("give a title back to the program when the program had made it", () => {
    const [made, named] = [conversation("a", { title: "T" }), conversation("b", { title: "T", titleSource: "user" })];
    expect(planChange([made, named], { title: "mine" }, stamp).undo(stamp)).toMatchObject([{ fields: { title: "" } }, { fields: { title: "T" } }]);
  });
  it("add and remove tags without touching the others", () => {
    const row = conversation("a", { tags: ["x", "y"] });
    expect(planChange([row], { addTags: ["y", "z"] }, stamp).operations).toMatchObject([{ fields: { tags: ["x", "y", "z"] } }]);
    expect(planChange([row], { removeTags: ["x"] }, stamp).operations).toMatchObject([{ fields: { tags: ["y"] } }]);
  });
});

describe("the list", () => {
  async function withRows(rows: Conversation[]) {
    const store = new MemoryStore();
    await store.write((tx) => tx.putConversations(rows));
    const around = { now: () => 1000, newId: () => `op${(stamps += 1)}` };
    const list = new LocalList(store, around, new ServerClock(around.now));
    await list.begin();
    await list.complete();
    return { store, list };
  }
  const ids = (list: LocalList) => list.snapshot().main.items.map((row) => row.id);

  it("keeps the order by activity through changes, and the same objects where nothing changed", async () => {
    const { store, list } = await withRows(["a", "b", "c", "d"].map((id, index) => conversation(id, { updatedAt: 40 - index })));
    expect(ids(list)).toEqual(["a", "b", "c", "d"]);
    const { archived } = list.snapshot();
    await store.write((tx) => tx.putConversations([conversation("c", { updatedAt: 50 }), conversation("e", { updatedAt: 38.5 })]));
    await list.settled();
    expect(ids(list)).toEqual(["c", "a", "b", "e", "d"]);
    expect(list.snapshot().archived).toBe(archived);
    await store.write((tx) => tx.deleteConversations(["a"]));
    await list.settled();
    expect(ids(list)).toEqual(["c", "b", "e", "d"]);
  });

  it("shows a change when its promise resolves, and tells only those whose list it is", async () => {
    const { list } = await withRows([conversation("a"), conversation("b")]);
    const inWork = list.select({ folder: "Work" });
    expect(list.select({ folder: "Work", tag: undefined })).toBe(inWork);
    let told = 0;
    const stop = inWork.subscribe(() => (told += 1));
    const undo = await list.change(["a"], { folder: "Work" });
    expect([inWork.snapshot().items.map((row) => row.id), told]).toEqual([["a"], 1]);
    await list.rename("b", "other");
    expect(told).toBe(1);
    stop();
    await undo();
    expect(inWork.snapshot().items).toEqual([]);
    expect(list.idsOf({ words: "oth" })).toEqual(["b"]);
  });
});

describe("words", () => {
  it("are folded as the server folds them", () => {
    expect(fold("ＦｕｌｌＷｉｄｔｈ Straße ﬁne")).toBe("fullwidth strasse fine");
    expect(wordsOf("Rust-lifetimes, 3rd! 東京tower")).toEqual(["rust", "lifetimes", "3rd", "東京", "tower"]);
  });
  it("match anywhere, also inside longer words", () => {
    expect(matchWords("Rust lifetimes", ["li", "ru"])).toEqual([{ from: 0, to: 2 }, { from: 5, to: 7 }]);
    expect(matchWords("Rust lifetimes", ["times"])).toEqual([{ from: 9, to: 14 }]);
    expect(matchWords("Rust lifetimes", ["time", "none"])).toBeNull();
    expect(matchWords("大東京都", ["東京"])).toEqual([{ from: 1, to: 3 }]);
  });
  it("typed without accents find those with them, but not the other way round", () => {
    expect(matchWords("Der Übermut", ["uber"])).toEqual([{ from: 4, to: 8 }]);
    expect(matchWords("Der Übermut", ["übe"])).toEqual([{ from: 4, to: 7 }]);
    expect(matchWords("An uber cab", ["über"])).toBeNull();
    expect(matchWords("ハルが", ["か"])).toBeNull();
  });
});
