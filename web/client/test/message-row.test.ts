import { describe, expect, it } from "vitest";
import { rowOf, textOf, withEvent, withMessage, type MessageRow } from "../src/message-row";
import type { ContentBlock, GenerationEvent, Message, MessageStatus } from "../src/types";

function message(status: MessageStatus, content: ContentBlock[] = []): Message {
  return {
    id: "A", conversationId: "C", parentId: "Q", role: "assistant", content, status,
    createdAt: 0, metadata: {}, position: 2, seq: 2,
  };
}
const text = (piece: string, index = 0): GenerationEvent => ({
  event: "delta", messageId: "A", index, type: "text", text: piece,
});
const status = (value: MessageStatus): GenerationEvent => ({ event: "status", messageId: "A", status: value });
const run = (row: MessageRow, ...events: GenerationEvent[]) => events.reduce(withEvent, row);

describe("a streamed answer", () => {
  it("grows by its deltas and begins to stream with the first", () => {
    const row = run(rowOf(message("reserved")), text("Hel"), text("lo"));
    expect(row.message.content).toEqual([{ type: "text", text: "Hello" }]);
    expect(row.message.status).toBe("streaming");
  });

  it("keeps blocks apart by index, and takes the finished block in place of its deltas", () => {
    const use: ContentBlock = { type: "tool_use", id: "t1", name: "search", input: { q: "cats" } };
    const row = run(
      rowOf(message("reserved")),
      { event: "delta", messageId: "A", index: 0, type: "reasoning", text: "thinking" },
      { event: "delta", messageId: "A", index: 1, type: "tool_input", text: '{"q":' },
      { event: "delta", messageId: "A", index: 1, type: "tool_input", text: '"cats"}' },
      { event: "block", messageId: "A", index: 1, block: use },
      text("done", 2),
    );
    expect(row.message.content).toEqual([{ type: "reasoning", text: "thinking" }, use, { type: "text", text: "done" }]);
  });

  it("lets the first final status win and ignores everything after it", () => {
    const row = run(rowOf(message("streaming")), text("part"), status("cancelled"), status("complete"), text(" more"));
    expect(row.message.status).toBe("cancelled");
    expect(textOf(row.message)).toBe("part");
  });

  it("never changes a row in place", () => {
    const before = run(rowOf(message("streaming")), text("a"));
    const copy = structuredClone(before);
    run(before, text("b"), status("complete"));
    expect(before).toEqual(copy);
  });
});

describe("a replay from the first event", () => {
  const events = [text("The "), text("whole "), text("answer"), status("complete")];
  const partial = () => message("streaming", [{ type: "text", text: "The whole " }]);

  it("shows what was there until it has caught up, and doubles nothing", () => {
    let row = withMessage(undefined, partial());
    const shown = events.map((event) => {
      row = withEvent(row, event);
      return textOf(row.message);
    });
    expect(shown).toEqual(["The whole ", "The whole ", "The whole answer", "The whole answer"]);
  });

  it("gives the same row when everything is replayed again", () => {
    const first = run(withMessage(undefined, partial()), ...events);
    const again = run(withMessage(first, partial()), ...events);
    expect(again).toEqual(first);
    const final = withMessage(again, message("complete", [{ type: "text", text: "The whole answer" }]));
    expect(run(final, ...events).message.content).toEqual([{ type: "text", text: "The whole answer" }]);
  });

  it("keeps the longer text when the answer was cut during the replay", () => {
    const row = run(withMessage(undefined, partial()), text("The "), status("interrupted"));
    expect(textOf(row.message)).toBe("The whole ");
  });
});
