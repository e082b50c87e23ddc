import { describe, expect, it } from "vitest";
import type { ContentBlock, Message } from "@threadkeep/client";
import { accessOf, groupsOf } from "../src/settings/tool-groups";
import { decisionsOf, namesOf, waitingCalls } from "../src/thread/calls";

const use = (id: string): ContentBlock => ({ type: "tool_use", id, name: "s__x", input: {} });
const result = (toolUseId: string): ContentBlock => ({ type: "tool_result", toolUseId, content: "" });
const message = (parts: Partial<Message>): Message => ({ id: "", conversationId: "", parentId: null, role: "assistant", content: [], status: "complete", createdAt: 0, metadata: {}, position: 1, seq: 1, ...parts });

describe("calls that wait", () => {
  it("are those without a result after them", () => {
    const ids = (...content: ContentBlock[]) => waitingCalls(message({ content })).map(({ id }) => id);
    expect(ids(use("a"), use("b"), result("b"))).toEqual(["a"]);
    expect(ids(use("a"), result("a"), use("a"))).toEqual(["a"]);
    expect(ids(result("a"))).toEqual([]);
  });
  it("are decided by the answer under them, and what cannot be read is no leave", () => {
    expect(decisionsOf(message({ metadata: { decisions: ["allow", 7, "deny"] } }))).toEqual(["allow", "deny", "deny"]);
    expect(decisionsOf(message({ metadata: {} }))).toBeNull();
    expect(decisionsOf(message({ role: "user", metadata: { decisions: ["allow"] } }))).toBeNull();
  });
  it("have a tool and a server", () => {
    expect(namesOf("files__read__all")).toEqual({ server: "files", tool: "read__all" });
    expect(namesOf("plain")).toEqual({ server: "", tool: "plain" });
    expect(namesOf(undefined).tool).toBe("a tool");
  });
});

describe("the list of tools", () => {
  const tool = (name: string, server?: string) => ({ name, description: "", access: "always" as const, ...(server && { server }) });
  it("stands by server, with what is chosen and not there", () => {
    const list = { tools: [tool("current_time"), tool("s__x", "s")], servers: [{ name: "s", state: "ready" as const, leftOut: [] }, { name: "t", state: "away" as const, reason: "It does not answer.", leftOut: [] }] };
    expect(groupsOf(list, ["s__x", "gone"]).map(({ server, names, note, isAway }) => [server, names, note, isAway])).toEqual([
      ["", ["current_time"], "", false],
      ["s", ["s__x"], "", false],
      ["t", [], "It does not answer.", true],
      ["", ["gone"], "Not there now.", false],
    ]);
  });
  it("knows what each needs, and takes for the strictest what it does not know", () => {
    const list = { tools: [{ ...tool("fetch_url"), access: "allowed" as const }, tool("s__x", "s")], servers: [] };
    expect(["fetch_url", "s__x", "read_conversation", "gone"].map((name) => accessOf(list, name))).toEqual(["allowed", "always", "named", "confirmed"]);
    expect(["current_time", "fetch_url"].map((name) => accessOf(null, name))).toEqual(["allowed", "confirmed"]);
  });
  it("is what every server has, while nothing is known", () => expect(groupsOf(null, []).flatMap(({ names }) => names)).toEqual(["search_conversations", "read_conversation", "current_time"]));
});
