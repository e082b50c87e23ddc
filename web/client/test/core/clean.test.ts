import { describe, expect, it } from "vitest";
import { cleaned, cleanedOperation } from "../../src/core/clean";

describe("a text that is kept", () => {
  it("has no U+0000 and no half of a character, and keeps its length and everything else", () => {
    expect(cleaned("a\0b\uD83Dc\uDE00d😀\uDE00\uD83D")).toBe("a\uFFFDb\uFFFDc\uFFFDd😀\uFFFD\uFFFD");
    expect(cleaned("\uD83D\uD83D\uDE00")).toBe("\uFFFD😀");
    expect(cleaned("línea\n\t漢字 \u0001")).toBe("línea\n\t漢字 \u0001");
  });
  it("is cleaned wherever a person may have written it", () => {
    const message = { id: "1", parentId: null, content: [{ type: "text", text: "a\0" }, { type: "else", text: "a\0" }], createdAt: 0 };
    expect(cleanedOperation({ type: "ask", conversationId: "c", message, models: [], answerIds: [] })).toMatchObject({
      message: { content: [{ text: "a\uFFFD" }, { text: "a\0" }] },
    });
    const fields = { title: "t\0", folder: "f\uD800", tags: ["x\0"], isPinned: true, settings: { system: "s\0", temperature: null } };
    expect(cleanedOperation({ type: "edit-conversation", conversationId: "c", editedAt: 0, fields })).toMatchObject({
      fields: { title: "t\uFFFD", folder: "f\uFFFD", tags: ["x\uFFFD"], isPinned: true, settings: { system: "s\uFFFD", temperature: null } },
    });
  });
});
