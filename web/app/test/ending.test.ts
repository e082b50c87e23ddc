import type { Message } from "@threadkeep/client";
import { describe, expect, it } from "vitest";
import { endingOf } from "../src/thread/ending";

const answer = (fields: Partial<Message>): Message => ({
  id: "A", conversationId: "C", parentId: "Q", role: "assistant", content: [], status: "complete",
  createdAt: 0, metadata: {}, position: 2, seq: 2, ...fields,
});

describe("how an answer ended", () => {
  it("says that it was cut off by its length, and lets it go on", () => {
    expect(endingOf(answer({ metadata: { finishReason: "length" } }))).toEqual({
      icon: "warning", text: "Cut off by its length.", canGoOn: true,
    });
  });

  it("says that a filter cut it off", () => {
    expect(endingOf(answer({ metadata: { finishReason: "content_filter" } }))?.text).toContain("content filter");
    expect(endingOf(answer({ metadata: { finishReason: "content_filter" } }))?.canGoOn).toBe(false);
  });

  it("says nothing of an answer that ended by itself, is being written, or is a person's message", () => {
    expect(endingOf(answer({}))).toBeNull();
    expect(endingOf(answer({ metadata: { finishReason: "stop" } }))).toBeNull();
    expect(endingOf(answer({ metadata: { finishReason: { of: "another kind" } } }))).toBeNull();
    expect(endingOf(answer({ status: "streaming", metadata: { finishReason: "length" } }))).toBeNull();
    expect(endingOf(answer({ role: "user", metadata: { finishReason: "length" } }))).toBeNull();
  });

  it("names who stopped it otherwise", () => {
    expect(endingOf(answer({ status: "cancelled" }))?.text).toBe("Stopped.");
    expect(endingOf(answer({ status: "interrupted" }))?.text).toContain("server restarted");
  });
});
