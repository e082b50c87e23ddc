import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConversationView } from "../src/conversation-view";
import { Drafts, type KeyValueStore } from "../src/drafts";
import { textOf } from "../src/message-row";
import { FakeServer, message, missing, settle } from "./fake-server";

let server: FakeServer;
let disk: KeyValueStore;
const hooks = { onConversation: vi.fn(), onTitle: vi.fn(), onActivity: vi.fn(), onFailure: vi.fn() };

beforeEach(() => {
  server = new FakeServer();
  const map = new Map<string, string>();
  disk = {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

function viewOf(id: string, isNew = false): ConversationView {
  return new ConversationView(server.api, new Drafts(disk), hooks, id, { isNew });
}
async function opened(): Promise<ConversationView> {
  const view = viewOf("C");
  await view.open();
  return view;
}
const ids = (view: ConversationView) => view.snapshot().rows.map((row) => row.message.id);
const lastText = (view: ConversationView) => textOf(view.snapshot().rows.at(-1)!.message);
async function publish(): Promise<void> {
  await settle();
  await vi.advanceTimersByTimeAsync(50);
}

describe("opening", () => {
  it("shows the newest page, and older ones on demand, until there are none", async () => {
    server.pages = [
      { messages: [message("Q2", "A1"), message("A2", "Q2")], nextCursor: "1" },
      { messages: [message("Q1", null), message("A1", "Q1")], nextCursor: null },
    ];
    const view = await opened();
    expect([ids(view), view.snapshot().hasOlder]).toEqual([["Q2", "A2"], true]);
    await view.showOlder();
    expect([ids(view), view.snapshot().hasOlder]).toEqual([["Q1", "A1", "Q2", "A2"], false]);
    await view.showOlder();
    expect(server.calls.filter((call) => call.startsWith("messages"))).toHaveLength(2);
  });

  it("tells a missing conversation from a server that is away", async () => {
    server.api.getConversation = async () => {
      throw missing();
    };
    expect((await opened()).snapshot().phase).toBe("missing");
    server.isDown = true;
    const view = viewOf("D");
    server.api.getConversation = server.api.listMessages as never;
    await view.open();
    expect(view.snapshot().phase).toBe("failed");
  });

  it("attaches to an answer that is being written", async () => {
    const begun = message("A1", "Q1", { status: "streaming", content: [{ type: "text", text: "so far" }] });
    server.messages = [message("Q1", null), begun];
    const view = await opened();
    await settle();
    expect(server.calls).toContain("attach A1");
    server.streams[0]!.send("message", { message: { ...begun, content: [{ type: "text", text: "so far, and" }] } });
    server.streams[0]!.send("delta", { messageId: "A1", index: 0, type: "text", text: " further" });
    await publish();
    expect([lastText(view), view.snapshot().isRunning]).toEqual(["so far, and further", true]);
  });
});

describe("asking", () => {
  async function ask() {
    server.messages = [message("Q1", null), message("A1", "Q1")];
    const view = await opened();
    view.send("a question", ["builtin"]);
    await settle();
    const { message: sent } = server.requests[0] as { message: { id: string; parentId: string } };
    return { view, sent, stream: server.streams[0]! };
  }

  it("shows the question at once, keeps it until the server has it, and streams the answer", async () => {
    const { view, sent, stream } = await ask();
    expect(view.snapshot().rows.at(-1)).toMatchObject({ origin: "sending", message: { id: sent.id, parentId: "A1" } });
    expect(new Drafts(disk).unsent("C")?.text).toBe("a question");
    stream.send("message", { message: message(sent.id, "A1", { role: "user" }) });
    stream.send("message", { message: message("A2", sent.id, { status: "reserved", content: [] }) });
    stream.send("delta", { messageId: "A2", index: 0, type: "text", text: "an answer" });
    await publish();
    expect(ids(view)).toEqual(["Q1", "A1", sent.id, "A2"]);
    expect(new Drafts(disk).unsent("C")).toBeNull();
    server.messages = [...server.messages, message(sent.id, "A1"), message("A2", sent.id, { content: [{ type: "text", text: "an answer" }] })];
    stream.send("status", { messageId: "A2", status: "complete" });
    stream.send("end", {});
    await publish();
    expect(view.snapshot()).toMatchObject({ isRunning: false, finished: { id: "A2", text: "an answer" } });
    expect(lastText(view)).toBe("an answer");
  });

  it("shows several answers as siblings of one place", async () => {
    const { view, sent, stream } = await ask();
    stream.send("message", { message: message(sent.id, "A1", { role: "user" }) });
    stream.send("message", { message: message("A2", sent.id, { status: "reserved", content: [] }) });
    stream.send("message", { message: message("A3", sent.id, { status: "reserved", content: [] }) });
    await publish();
    expect(ids(view)).toEqual(["Q1", "A1", sent.id, "A2"]);
    expect(view.snapshot().rows.at(-1)!.message.siblingIds).toEqual(["A2", "A3"]);
  });

  it("stops every answer that is being written", async () => {
    const { view, sent, stream } = await ask();
    stream.send("message", { message: message("A2", sent.id, { status: "reserved", content: [] }) });
    stream.send("message", { message: message("A3", sent.id, { status: "reserved", content: [] }) });
    await publish();
    await view.stop();
    expect(server.calls.filter((call) => call.startsWith("cancel"))).toEqual(["cancel A2", "cancel A3"]);
    expect(view.snapshot().rows.at(-1)!.message.status).toBe("cancelled");
  });

  it("stops an answer that was not there yet when stop was pressed", async () => {
    const { view, sent, stream } = await ask();
    await view.stop();
    stream.send("message", { message: message("A2", sent.id, { status: "reserved", content: [] }) });
    await publish();
    expect(server.calls).toContain("cancel A2");
  });

  it("keeps what could not be sent, over a reload, and sends it again under the same id", async () => {
    server.messages = [message("Q1", null), message("A1", "Q1")];
    const view = await opened();
    server.isDown = true;
    view.send("not lost", ["builtin"]);
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    expect(view.snapshot().unsent).toMatchObject({ text: "not lost", parentId: "A1" });
    expect(ids(view)).toEqual(["Q1", "A1"]);
    server.isDown = false;
    const reloaded = await opened();
    const { unsent } = reloaded.snapshot();
    expect(unsent?.text).toBe("not lost");
    reloaded.retryUnsent();
    await settle();
    expect(server.requests).toMatchObject([{ message: { id: unsent!.id, parentId: "A1" } }]);
    expect(reloaded.takeBackUnsent()).toBe("");
  });

  it("makes a new conversation with its first message, once", async () => {
    const view = viewOf("N", true);
    view.send("the first", ["builtin"]);
    await settle();
    expect(server.calls).toEqual(["create N", "generate"]);
    expect(hooks.onConversation).toHaveBeenCalledOnce();
  });
});

describe("branches", () => {
  it("puts an edited question in the place of the old one, as its sibling", async () => {
    server.messages = [message("Q1", null), message("A1", "Q1"), message("Q2", "A1"), message("A2", "Q2")];
    const view = await opened();
    view.edit("Q2", "in other words", ["builtin"]);
    const [, , edited, after] = view.snapshot().rows;
    expect(after).toBeUndefined();
    expect(edited!.message).toMatchObject({ parentId: "A1", siblingIds: ["Q2", edited!.message.id] });
  });

  it("brings the old path back when the edit could not be sent", async () => {
    server.messages = [message("Q1", null), message("A1", "Q1")];
    const view = await opened();
    server.isDown = true;
    view.edit("Q1", "in other words", ["builtin"]);
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    expect(ids(view)).toEqual(["Q1", "A1"]);
    expect(view.snapshot().rows[0]!.message.siblingIds ?? []).not.toContain(view.snapshot().unsent!.id);
    expect(view.snapshot().unsent).toMatchObject({ text: "in other words", replaces: "Q1", parentId: null });
  });

  it("shows another sibling with what followed it, and tells the server", async () => {
    const both = { siblingIds: ["A1", "B1"], siblingCount: 2 };
    server.messages = [message("Q1", null), message("A1", "Q1", both), message("Q2", "A1")];
    const view = await opened();
    server.messages = [message("Q1", null), message("B1", "Q1", both)];
    await view.switchBranch("B1");
    expect(server.calls).toContain('patch C {"headId":"B1"}');
    expect(ids(view)).toEqual(["Q1", "B1"]);
  });

  it("asks again for a sibling and continues for a child", async () => {
    server.messages = [message("Q1", null), message("A1", "Q1", { status: "interrupted" })];
    const view = await opened();
    view.again("A1", ["builtin"]);
    await settle();
    server.streams[0]!.send("message", { message: message("A2", "Q1", { status: "reserved", content: [] }) });
    await publish();
    expect(server.requests[0]).toMatchObject({ parentId: "Q1", models: ["builtin"] });
    expect(ids(view)).toEqual(["Q1", "A2"]);
    expect(view.snapshot().rows[1]!.message.siblingIds).toEqual(["A1", "A2"]);

    const other = await opened();
    other.continueAfter("A1", ["builtin"]);
    await settle();
    expect(server.requests[1]).toMatchObject({ parentId: "A1" });
    server.streams[1]!.send("message", { message: message("A3", "A1", { status: "reserved", content: [] }) });
    await publish();
    expect(ids(other)).toEqual(["Q1", "A1", "A3"]);
  });
});
