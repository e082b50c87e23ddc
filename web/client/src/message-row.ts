// One message as the page holds it, and what each event of a running answer does to it. Pure functions.
import {
  isUnfinished,
  type ContentBlock,
  type DeltaType,
  type FinishReason,
  type GenerationEvent,
  type Message,
  type UnknownBlock,
} from "./types";

/** Where a message is: `sending` until the server has said that it is stored. */
export type RowOrigin = "server" | "sending";

/**
 * `device`: written here, waits to be sent. `server`: stored there. `failed`: the server refused it, it is kept here. An answer in the state
 * `device` with the status `reserved` is a place kept for the answer to a question that waits.
 */
export type MessageState = "device" | "server" | "failed";

/** Never changed in place: a new object means new content, so views may compare by identity. */
export interface MessageRow {
  readonly message: Message;
  readonly origin: RowOrigin;
  /** Left out: `device` where `origin` is `sending`, otherwise `server`. Use `stateOf`. */
  readonly state?: MessageState;
  /** Why it failed, as a sentence. */
  readonly reason?: string;
  /** The entry of the outbox that it waits in, for `outbox.retry` and `outbox.discard`. */
  readonly outboxId?: string;
}

export function stateOf(row: MessageRow): MessageState {
  return row.state ?? (row.origin === "sending" ? "device" : "server");
}

export function rowOf(message: Message, origin: RowOrigin = "server"): MessageRow {
  return { message, origin };
}

/**
 * A `message` event: the server's row as it is now takes the place of ours, and the deltas after it go on from there. An
 * answer that has ended here does not begin again by an older row.
 */
export function withMessage(row: MessageRow | undefined, message: Message): MessageRow {
  if (!row) return rowOf(message);
  if (row.origin === "server" && isSettled(row) && isUnfinished(message.status)) return row;
  const { siblingCount, siblingIds } = row.message;
  return rowOf({ siblingCount, siblingIds, ...message });
}

/** Appends text to a block, making the block when it is the first piece. A settled answer is left alone. */
export function withDelta(row: MessageRow, index: number, type: DeltaType, text: string): MessageRow {
  if (isSettled(row)) return row;
  const { content } = row.message;
  return withContent(row, replaceAt(content, index, grown(content[index], type, text)));
}

/** The finished form of a block, in place of what the deltas gave. */
export function withBlock(row: MessageRow, index: number, block: ContentBlock): MessageRow {
  if (isSettled(row)) return row;
  return withContent(row, replaceAt(row.message.content, index, block));
}

/** The first final status wins; what comes after it changes nothing. */
export function withStatus(
  row: MessageRow,
  event: Extract<GenerationEvent, { event: "status" }>,
): MessageRow {
  if (isSettled(row)) return row;
  const { status, usage, error, finishReason } = event;
  const content = isUnfinished(status) ? row.message.content : row.message.content.map(closed);
  const metadata = finishReason ? { ...row.message.metadata, finishReason } : row.message.metadata;
  return rowOf({ ...row.message, content, status, metadata, ...(usage && { usage }), ...(error && { error }) });
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

/** Why a complete answer is not whole; null when it is. The row keeps it in its metadata. */
export function finishReasonOf({ status, metadata }: Message): FinishReason | null {
  const reason = metadata.finishReason;
  return status === "complete" && (reason === "length" || reason === "content_filter" || reason === "confirmation") ? reason : null;
}

/** A place in a duet, in which two models answer each other: the first one at odd turns. */
export interface DuetTurn {
  turn: number;
  /** The turn that ends it. */
  turns: number;
  models: readonly [string, string];
}

/** Null: the message is no answer of a duet. */
export function duetOf({ role, metadata }: Message): DuetTurn | null {
  const duet = metadata.duet as Partial<DuetTurn> | null | undefined;
  if (role !== "assistant" || typeof duet !== "object" || duet === null) return null;
  const { turn, turns, models } = duet;
  const isOne = typeof turn === "number" && typeof turns === "number" && Array.isArray(models) && models.length === 2;
  return isOne ? { turn, turns, models } : null;
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

function withContent(row: MessageRow, content: ContentBlock[]): MessageRow {
  const status = row.message.status === "reserved" ? "streaming" : row.message.status;
  return { origin: row.origin, message: { ...row.message, status, content } };
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
