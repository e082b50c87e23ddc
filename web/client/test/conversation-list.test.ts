import { describe, expect, it } from "vitest";
import type { Api } from "../src/api";
import { ConversationList } from "../src/conversation-list";
import { UnreachableError } from "../src/problem";
import type { Conversation } from "../src/types";
import { conversation, missing } from "./fake-server";

function setUp(pages: Conversation[][], patch: Api["patchConversation"] = async (id, body) => conversation(id, { ...body, seq: 9 } as Conversation)) {
  const asked: (string | undefined)[] = [];
  const api = {
    listConversations: async ({ cursor, pinned }: { cursor?: string; pinned?: string }) => {
      if (pinned === "true") return { conversations: [], nextCursor: null };
      asked.push(cursor);
      const at = Number(cursor ?? 0);
      return { conversations: pages[at]!, nextCursor: at + 1 < pages.length ? String(at + 1) : null };
    },
    patchConversation: patch,
    deleteConversation: async () => undefined,
    restoreConversation: async (id: string) => conversation(id, { updatedAt: 30, seq: 10 }),
  } as unknown as Api;
  return { list: new ConversationList(api), asked };
}
const ids = (list: ConversationList, scope: "main" | "pinned" | "trash" = "main") =>
  list.snapshot()[scope].items.map((item) => item.id);
const at = (id: string, updatedAt: number, fields: Partial<Conversation> = {}) => conversation(id, { updatedAt, ...fields });

describe("ConversationList", () => {
  it("loads page by page, newest first, and knows when it has all", async () => {
    const { list, asked } = setUp([[at("a", 30), at("b", 20)], [at("c", 10)]]);
    await Promise.all([list.loadMore("main"), list.loadMore("main")]);
    expect([ids(list), list.snapshot().main.hasMore]).toEqual([["a", "b"], true]);
    await list.loadMore("main");
    await list.loadMore("main");
    expect([ids(list), list.snapshot().main.hasMore, asked]).toEqual([["a", "b", "c"], false, [undefined, "1"]]);
  });

  it("does not show what lies beyond the loaded part, which would leave a gap", async () => {
    const { list } = setUp([[at("a", 30)], [at("b", 20), at("c", 10)]]);
    await list.loadMore("main");
    list.upsert(at("c", 10));
    expect(ids(list)).toEqual(["a"]);
    await list.loadMore("main");
    expect(ids(list)).toEqual(["a", "b", "c"]);
  });

  it("moves a conversation to the top when something is said in it", async () => {
    const { list } = setUp([[at("a", 30), at("b", 20)]]);
    await list.loadMore("main");
    list.touch("b", 40);
    expect(ids(list)).toEqual(["b", "a"]);
  });

  it("shows a change at once and takes it back when the server refuses", async () => {
    const { list } = setUp([[at("a", 30, { title: "old" })]], async () => {
      throw new UnreachableError();
    });
    await list.loadMore("main");
    const renaming = list.rename("a", "new");
    expect(list.get("a")?.title).toBe("new");
    await expect(renaming).rejects.toBeInstanceOf(UnreachableError);
    expect(list.get("a")).toMatchObject({ title: "old", titleSource: "excerpt" });
  });

  it("forgets a conversation that is not there any more", async () => {
    const { list } = setUp([[at("a", 30)]], async () => {
      throw missing();
    });
    await list.loadMore("main");
    await expect(list.setPinned("a", true)).rejects.toThrow();
    expect(ids(list)).toEqual([]);
  });

  it("moves to the trash and back", async () => {
    const { list } = setUp([[at("a", 30)]]);
    await list.loadMore("main");
    await list.remove("a", 99);
    expect(ids(list)).toEqual([]);
    await list.restore("a");
    expect(ids(list)).toEqual(["a"]);
  });

  it("brings in what others changed at the newest end, and keeps the older pages", async () => {
    const pages = [[at("a", 30), at("b", 20)], [at("c", 10)]];
    const { list } = setUp(pages);
    await list.loadMore("main");
    await list.loadMore("main");
    pages[0] = [at("new", 50), at("b", 20, { title: "renamed", seq: 5 })];
    await list.refresh("main");
    expect(ids(list)).toEqual(["new", "b", "c"]);
    expect(list.get("b")?.title).toBe("renamed");
  });

  it("does not let an older answer undo what is known", async () => {
    const { list } = setUp([[at("a", 30)]]);
    await list.loadMore("main");
    list.upsert(at("a", 30, { title: "newer", seq: 7 }));
    list.upsert(at("a", 30, { title: "older", seq: 6 }));
    expect(list.get("a")?.title).toBe("newer");
  });

  it("never replaces a title the person wrote by one that was made", async () => {
    const { list } = setUp([[at("a", 30, { title: "mine", titleSource: "user" }), at("b", 20)]]);
    await list.loadMore("main");
    list.setTitle("a", "made");
    list.setTitle("b", "made");
    expect([list.get("a")?.title, list.get("b")?.title]).toEqual(["mine", "made"]);
  });
});
