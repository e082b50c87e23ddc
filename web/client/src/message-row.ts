// One message as the page holds it, and what each event of a running answer does to it. Pure functions.
import {
  isUnfinished,
  type ContentBlock,
  type DeltaType,
  type GenerationEvent,
  type Message,
  type UnknownBlock,
} from "./types";

/** Where a message is: `sending` until the server has said that it is stored. */
export type RowOrigin = "server" | "sending";

/** Never changed in place: a new object means new content, so views may compare by identity. */
export interface MessageRow {
  readonly message: Message;
  readonly origin: RowOrigin;
  /**
   * The blocks of an answer that is replayed from its first event, while they are still shorter than what
   * `message.content` already shows; they take its place as soon as they have caught up, so nothing is lost from view
   * and nothing is doubled.
   */
  readonly replay?: readonly ContentBlock[];
}

export function rowOf(message: Message, origin: RowOrigin = "server"): MessageRow {
  return { message, origin };
}

/** A `message` event: the server's row replaces ours. For an unfinished answer its deltas follow from the first. */
export function withMessage(row: MessageRow | undefined, message: Message): MessageRow {
  if (row && isSettled(row) && isUnfinished(message.status)) return row;
  const siblings = row
    ? { siblingCount: row.message.siblingCount, siblingIds: row.message.siblingIds }
    : {};
  const merged = { ...siblings, ...message };
  if (!isUnfinished(message.status)) return rowOf(merged);
  const shown = row && lengthOf(row.message.content) > lengthOf(message.content) ? row.message : message;
  if (lengthOf(shown.content) === 0) return rowOf({ ...merged, content: [] });
  return { message: { ...merged, content: shown.content }, origin: "server", replay: [] };
}

/** Appends text to a block, making the block when it is the first piece. A settled answer is left alone. */
export function withDelta(row: MessageRow, index: number, type: DeltaType, text: string): MessageRow {
  if (isSettled(row)) return row;
  const blocks = row.replay ?? row.message.content;
  const old = blocks[index];
  return withBlocks(row, replaceAt(blocks, index, grown(old, type, text)));
}

/** The finished form of a block, in place of what the deltas gave. */
export function withBlock(row: MessageRow, index: number, block: ContentBlock): MessageRow {
  if (isSettled(row)) return row;
  return withBlocks(row, replaceAt(row.replay ?? row.message.content, index, block));
}

/** The first final status wins; what comes after it changes nothing. */
export function withStatus(
  row: MessageRow,
  event: Extract<GenerationEvent, { event: "status" }>,
): MessageRow {
  if (isSettled(row)) return row;
  const { status, usage, error } = event;
  const message = { ...row.message, status, ...(usage && { usage }), ...(error && { error }) };
  if (isUnfinished(status)) return { ...row, message };
  const content = row.replay && status === "complete" && row.replay.length > 0 ? [...row.replay] : message.content;
  return rowOf({ ...message, content: content.map(closed) });
}

/** Applies any event that concerns a message; others give the row back. */
export function withEvent(row: MessageRow, event: GenerationEvent): MessageRow {
  switch (event.event) {
    case "message":
      return withMessage(row, event.message);
    case "delta":
      return withDelta(row, event.index, event.type, event.text);
    case "block":
      return withBlock(row, event.index, event.block);
    case "status":
      return withStatus(row, event);
    default:
      return row;
  }
}

/** The plain text of a message, for copying and editing: its text blocks, an empty line between them. */
export function textOf(message: Message): string {
  const texts: string[] = [];
  for (const block of message.content) {
    if (block.type === "text" && typeof block.text === "string" && block.text) texts.push(block.text);
  }
  return texts.join("\n\n");
}

/** The field in which the text of a tool's input is gathered until its block is finished. */
export const partialInput = "partialInput";

function isSettled(row: MessageRow): boolean {
  return !isUnfinished(row.message.status);
}

function withBlocks(row: MessageRow, blocks: ContentBlock[]): MessageRow {
  const message = row.message.status === "reserved" ? { ...row.message, status: "streaming" as const } : row.message;
  if (row.replay && lengthOf(blocks) < lengthOf(row.message.content)) return { ...row, message, replay: blocks };
  return { message: { ...message, content: blocks }, origin: row.origin };
}

function grown(old: ContentBlock | undefined, type: DeltaType, text: string): ContentBlock {
  if (type === "tool_input") {
    const input = old?.type === "tool_use" ? old : { type: "tool_use", id: "", name: "", input: {} };
    const before = (input as Record<string, unknown>)[partialInput];
    return { ...input, [partialInput]: (typeof before === "string" ? before : "") + text };
  }
  const same = old?.type === type ? (old as UnknownBlock) : undefined;
  return { ...same, type, text: (typeof same?.text === "string" ? same.text : "") + text };
}

/** Blocks that have not been heard of yet are empty texts: nothing is shown for them. */
function replaceAt(blocks: readonly ContentBlock[], index: number, block: ContentBlock): ContentBlock[] {
  const next = blocks.slice();
  while (next.length < index) next.push({ type: "text", text: "" });
  next[index] = block;
  return next;
}

function closed(block: ContentBlock): ContentBlock {
  if (!(partialInput in block)) return block;
  const { [partialInput]: partial, ...rest } = block as Record<string, unknown> & ContentBlock;
  return { ...rest, input: { incomplete: partial } } as ContentBlock;
}

function lengthOf(blocks: readonly ContentBlock[]): number {
  let length = 0;
  for (const block of blocks) {
    const { text } = block as UnknownBlock;
    if (typeof text === "string") length += text.length;
    else length += 1;
  }
  return length;
}
