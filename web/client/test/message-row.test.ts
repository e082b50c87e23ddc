import { describe, expect, it } from "vitest";
import { finishReasonOf, rowOf, textOf, withEvent, withMessage, type MessageRow } from "../src/message-row";
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

  it("keeps why it was cut off, as the stored row has it", () => {
    const cut: GenerationEvent = { event: "status", messageId: "A", status: "complete", finishReason: "length" };
    const row = run(rowOf(message("streaming")), text("part"), cut);
    expect(row.message.metadata).toEqual({ finishReason: "length" });
    expect(finishReasonOf(row.message)).toBe("length");
    expect(finishReasonOf(run(rowOf(message("streaming")), status("complete")).message)).toBeNull();
  });

  it("never changes a row in place", () => {
    const before = run(rowOf(message("streaming")), text("a"));
    const copy = structuredClone(before);
    run(before, text("b"), status("complete"));
    expect(before).toEqual(copy);
  });
});

describe("a replay", () => {
  const rest = [text("whole "), text("answer"), status("complete")];
  const asItIsNow = () => message("streaming", [{ type: "text", text: "The " }]);

  it("goes on from the row as it is now, whatever was shown before", () => {
    const behind = run(rowOf(message("streaming")), text("T"));
    const row = run(withMessage(behind, asItIsNow()), ...rest);
    expect(textOf(row.message)).toBe("The whole answer");
  });

  it("gives the same row when it is played again, and again from its beginning", () => {
    const first = run(withMessage(undefined, asItIsNow()), ...rest);
    expect(run(withMessage(first, asItIsNow()), ...rest)).toEqual(first);
    const middle = run(withMessage(undefined, asItIsNow()), rest[0]!);
    expect(run(withMessage(middle, asItIsNow()), ...rest)).toEqual(first);
  });

  it("does not begin an ended answer again by an older row", () => {
    const ended = run(withMessage(undefined, asItIsNow()), ...rest);
    expect(withMessage(ended, asItIsNow())).toBe(ended);
  });

  it("ignores the deltas of an answer whose row has ended", () => {
    const row = withMessage(undefined, message("complete", [{ type: "text", text: "Done" }]));
    expect(run(row, ...rest)).toBe(row);
  });

  it("keeps what is known of the siblings, and takes the server's row for our own question", () => {
    const mine = rowOf({ ...message("complete"), role: "user", siblingIds: ["X", "A"], siblingCount: 2 }, "sending");
    const stored = withMessage(mine, { ...message("complete"), role: "user", seq: 9 });
    expect(stored.origin).toBe("server");
    expect(stored.message).toMatchObject({ seq: 9, siblingIds: ["X", "A"] });
  });
});
