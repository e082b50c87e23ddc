import type { Message } from "@threadkeep/client";
import { describe, expect, it } from "vitest";
import { endingOf } from "../src/thread/ending";

const answer = (fields: Partial<Message>): Message => ({
  id: "A", conversationId: "C", parentId: "Q", role: "assistant", content: [{ type: "text", text: "Well." }], status: "complete",
  createdAt: 0, metadata: {}, position: 2, seq: 2, ...fields,
});
const failed = (type: string, detail: string, text = "") =>
  endingOf(answer({ status: "error", error: { type, detail }, content: text ? [{ type: "text", text }] : [] }));
const use = (id: string) => ({ type: "tool_use", id, name: "read_sky", input: {} });
const result = (toolUseId: string, content: string, isError: boolean) => ({ type: "tool_result", toolUseId, content, isError });

describe("how an answer ended", () => {
  it("says that it was cut off by its length, and lets it go on", () => {
    expect(endingOf(answer({ metadata: { finishReason: "length" } }))).toEqual({
      icon: "warning", text: "Cut off by its length.", detail: "", look: "quiet", action: "continue",
    });
  });

  it("says that a filter cut it off", () => {
    expect(endingOf(answer({ metadata: { finishReason: "content_filter" } }))?.text).toContain("content filter");
    expect(endingOf(answer({ metadata: { finishReason: "content_filter" } }))?.action).toBeNull();
  });

  it("says nothing of an answer that ended by itself, is being written, or is a person's message", () => {
    expect(endingOf(answer({}))).toBeNull();
    expect(endingOf(answer({ metadata: { finishReason: "stop" } }))).toBeNull();
    expect(endingOf(answer({ metadata: { finishReason: { of: "another kind" } } }))).toBeNull();
    expect(endingOf(answer({ status: "streaming", metadata: { finishReason: "length" } }))).toBeNull();
    expect(endingOf(answer({ role: "user", metadata: { finishReason: "length" } }))).toBeNull();
    expect(endingOf(answer({ role: "user", content: [] }))).toBeNull();
    expect(endingOf(answer({ content: [use("1"), result("1", "blue", false), { type: "text", text: "Blue." }] }))).toBeNull();
    expect(endingOf(answer({ content: [{ type: "source", url: "https://example.org" }] }))).toBeNull();
  });

  it("names who stopped it otherwise", () => {
    expect(endingOf(answer({ status: "cancelled" }))?.text).toBe("Stopped.");
    expect(endingOf(answer({ status: "interrupted" }))?.text).toContain("server restarted");
  });

  it("says that nothing came, and why, and that the question is safe", () => {
    expect(failed("auth", "OpenAI refused the API key (401). Check the key in the settings of this server.")).toMatchObject({
      text: "Check the key.", look: "failed", action: "again",
      detail: "OpenAI refused the API key (401). Check the key in the settings of this server. Your question is safe.",
    });
    expect(failed("rate-limited", "OpenAI takes no more requests at the moment (429); try again in 20 s.")).toMatchObject({
      text: "Too many requests for the moment.", detail: expect.stringContaining("try again in 20 s"),
    });
    expect(failed("of-a-newer-server", "")).toMatchObject({ text: "The model did not answer.", detail: "No reason was given. Your question is safe." });
    expect(endingOf(answer({ status: "error", content: [] }))).toMatchObject({ text: "The model did not answer." });
  });

  it("says that it broke off, where something came, and lets it go on", () => {
    expect(failed("network", "The answer of OpenAI broke off.", "Half an")).toEqual({
      icon: "warning", text: "Broke off. What came is kept.", detail: "The answer of OpenAI broke off.", look: "quiet", action: "continue",
    });
    expect(failed("too-long", "The answer grew longer than one message can be.", "Very")?.text).toBe("Longer than one message can be. What came is kept.");
  });

  it("says so of an answer without a word, and of one that came to nothing but tools", () => {
    expect(endingOf(answer({ content: [] }))).toMatchObject({ text: expect.stringContaining("No answer came"), action: "again" });
    expect(endingOf(answer({ content: [{ type: "text", text: " " }] }))?.text).toContain("No answer came");
    expect(endingOf(answer({ content: [{ type: "reasoning", text: "Hm." }] }))?.text).toContain("thought");
    expect(endingOf(answer({ content: [use("1"), result("1", "blue", false)] }))?.text).toContain("ended without an answer");
    expect(endingOf(answer({ content: [use("9"), result("9", "No more tools can be used in this answer.", true)] }))?.text).toContain("again and again");
  });
});
