import { describe, expect, it } from "vitest";
import { decode } from "../src/generation-stream";
import { readableMessage } from "../src/readable";
import type { Message } from "../src/types";

const row: Message = {
  id: "M", conversationId: "C", parentId: "P", role: "assistant", content: [{ type: "text", text: "Well." }], status: "complete", model: "a",
  createdAt: 1, metadata: {}, position: 1, seq: 1, usage: { inputTokens: 1, outputTokens: 2 }, error: { type: "auth", detail: "No." },
};
const odd = (fields: object) => readableMessage({ ...row, ...fields } as Message);

describe("a row that breaks a rule", () => {
  it("is the same object where it breaks none", () => {
    expect(readableMessage(row)).toBe(row);
    const plain = { ...row, usage: undefined, error: undefined, model: undefined };
    expect(readableMessage(plain)).toBe(plain);
  });

  it.each([
    [{ type: "auth", detail: { code: 7 } }, { type: "auth", detail: '{"code":7}' }],
    [{ type: 7, message: "Away." }, { type: "", detail: "Away." }],
    ["Away.", { type: "", detail: "Away." }],
    [["Away"], { type: "", detail: '["Away"]' }],
    [null, undefined],
  ])("has an error that can be read: %j", (error, read) => expect(odd({ error })?.error).toEqual(read));

  it.each([
    [{ inputTokens: "many", outputTokens: 3, other: -1 }, { inputTokens: 0, outputTokens: 3 }],
    [[1], { inputTokens: 0, outputTokens: 0 }],
    ["x", { inputTokens: 0, outputTokens: 0 }],
    [null, undefined],
  ])("has a usage of what can be counted: %j", (usage, read) => expect(odd({ usage })?.usage).toEqual(read));

  it("shows what can be read of its content, and keeps the rest as it came", () => {
    const content = [{ type: "text", text: 7 }, "plain", null, { no: "type" }, { type: "else", text: 7 }, { type: "reasoning" }];
    expect(odd({ content })?.content).toEqual([
      { type: "text", text: "7" }, { type: "text", text: "plain" }, { type: "unreadable", value: null }, { type: "unreadable", value: { no: "type" } },
      { type: "else", text: 7 }, { type: "reasoning", text: "" },
    ]);
    expect(odd({ content: "plain" })?.content).toEqual([{ type: "text", text: "plain" }]);
    expect(odd({ content: null })?.content).toEqual([]);
  });

  it("has every other field in its form, and is left out only where it has no name", () => {
    expect(odd({ role: "critic", status: "halfway", createdAt: "today", metadata: null, parentId: 3, siblingIds: [1], position: null, model: {} })).toMatchObject({
      role: "assistant", status: "complete", createdAt: 0, metadata: {}, parentId: null, siblingIds: undefined, position: 0, model: null,
    });
    expect(odd({ id: 7 })).toBeNull();
    expect(readableMessage(null as unknown as Message)).toBeNull();
  });

  it("comes through a stream, too", () => {
    const event = (name: string, data: object) => decode({ id: "", event: name, data: JSON.stringify(data) });
    expect(event("status", { messageId: "M", status: "error", error: { detail: 7 } })).toMatchObject({ error: { type: "", detail: "7" } });
    expect(event("status", { messageId: "M", status: "odd" })).toBeNull();
    expect(event("message", { message: { ...row, error: 7 } })).toMatchObject({ message: { error: { detail: "7" } } });
    expect(event("delta", { messageId: "M", index: 1e9, type: "text", text: "x" })).toBeNull();
    expect(event("block", { messageId: "M", index: 0, block: "x" })).toMatchObject({ block: { type: "text", text: "x" } });
  });
});
