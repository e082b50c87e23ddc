// All of a conversation, as far as it is shown: for what needs more than the part that is in view.
import type { NewMessage, Operation } from "../core/outbox";
import type { MessageRow } from "../message-row";
import { isUnfinished, type Conversation } from "../types";
import type { PathPart } from "./path-reader";

export interface WholePath {
  /** From the first message on. */
  readonly rows: readonly MessageRow[];
  /** False: older ones are not on this device, and the server could not be asked for them. */
  readonly isWhole: boolean;
}

export interface WholePathReader {
  /** The rows that end in this message. */
  readOlder: (from: string) => Promise<PathPart>;
  /** Brings that message, and some before it, to the device. */
  fetch: (upTo: string) => Promise<void>;
  onProgress?: (count: number) => void;
  signal: AbortSignal;
}

/** Reads what comes before `newest`. */
export async function readWholePath(newest: readonly MessageRow[], { readOlder, fetch, onProgress, signal }: WholePathReader): Promise<WholePath> {
  const parts: (readonly MessageRow[])[] = [newest];
  let count = newest.length;
  let from = newest[0]?.message.parentId ?? null;
  while (from !== null) {
    let part = await readOlder(from);
    if (part.rows.length === 0) {
      try {
        await fetch(from);
      } catch {
        break;
      }
      part = await readOlder(from);
    }
    signal.throwIfAborted();
    if (part.rows.length === 0) break;
    parts.push(part.rows);
    count += part.rows.length;
    onProgress?.(count);
    from = part.rows[0]!.message.parentId;
  }
  return { rows: parts.reverse().flat(), isWhole: from === null };
}

/** A conversation of its own that begins with these messages; they get ids of their own, and stay what they are in the one they are taken from. */
export function forkOf(source: Conversation, rows: readonly MessageRow[], newId: () => string, now: number): { id: string; operations: Operation[] } {
  const id = newId();
  const operations: Operation[] = [
    {
      type: "create-conversation",
      conversation: {
        id,
        title: source.title,
        model: source.model,
        ...(Object.keys(source.settings ?? {}).length > 0 && { settings: source.settings }),
        createdAt: now,
        metadata: { forkedFrom: { conversationId: source.id, messageId: rows.at(-1)?.message.id ?? null } },
      },
    },
  ];
  let parentId: string | null = null;
  for (const { message } of rows) {
    // An answer that is being written is not taken along half.
    if (isUnfinished(message.status)) continue;
    const { role, content, status, model, usage, error, tokenCount, createdAt, metadata } = message;
    const copy: NewMessage = {
      id: newId(), parentId, role, content, status, createdAt,
      ...(model != null && { model }),
      ...(usage && { usage }),
      ...(error && { error }),
      ...(tokenCount != null && { tokenCount }),
      ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
    };
    operations.push({ type: "append-message", conversationId: id, message: copy });
    parentId = copy.id;
  }
  return { id, operations };
}
