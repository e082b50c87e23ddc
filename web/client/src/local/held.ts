// A conversation as this device has it, for whoever wants all of it: the rows of the server that are held here, and what was not sent.
import type { LocalStore } from "../core/local-store";
import { deletionsOf, withoutDeleted } from "../core/deleted";
import { replayConversation, replayMessages } from "../core/replay";
import { readableMessage } from "../readable";
import type { Conversation, Message } from "../types";

export interface HeldConversation {
  readonly conversation: Conversation;
  /** The server's, in their order. */
  readonly messages: readonly Message[];
  /** Written here and not on the server; their metadata says so, in the field `notSent`. What is to be answered has no answer among them. */
  readonly unsent: readonly Message[];
  /** How many messages the server has that are not held here. */
  readonly missing: number;
  /** How many were deleted: they are not among the messages. */
  readonly deleted: number;
}

/** The field of a message's metadata that says, in a file, that the server did not have it: `waiting`, or why it refused it. */
export const notSent = "notSent";

/** Null: the device knows no such conversation. */
export async function heldConversation(store: LocalStore, id: string): Promise<HeldConversation | null> {
  return store.read(async (tx) => {
    const [base] = await tx.conversations([id]);
    const entries = await tx.outboxOf([id]);
    const conversation = replayConversation(base, entries);
    if (!conversation) return null;
    const { isDeleted } = deletionsOf(entries);
    const rows = (await tx.messagesBetween(id, 0, Number.MAX_SAFE_INTEGER)).flatMap(({ epoch: _, ...row }) => readableMessage(row) ?? []);
    const { messages, deleted } = withoutDeleted(rows, isDeleted);
    const isOfServer = rows.filter((row) => row.deletedAt === undefined).length;
    const held = new Set(messages.map((row) => row.id));
    const made = replayMessages(entries, base?.headId ?? null, base?.messageCount ?? 0).filter(({ message }) => !held.has(message.id));
    const unsent = withoutPlaces(made);
    const ids = new Set([...held, ...unsent.map((row) => row.id)]);
    const headId = conversation.headId !== null && !ids.has(conversation.headId) ? (unsent.at(-1)?.id ?? base?.headId ?? null) : conversation.headId;
    const messageCount = (base?.messageCount ?? 0) + unsent.length;
    return { conversation: { ...conversation, headId, messageCount }, messages, unsent, deleted, missing: Math.max(0, (base?.messageCount ?? 0) - isOfServer) };
  });
}

/** Without the places that are kept for answers: what stands under one moves up to its question. */
function withoutPlaces(made: ReturnType<typeof replayMessages>): Message[] {
  const parents = new Map<string, string | null>();
  const kept: Message[] = [];
  for (const { message, entry } of made) {
    const above = message.parentId === null ? null : (parents.get(message.parentId) ?? message.parentId);
    if (message.role === "assistant" && message.status === "reserved") {
      parents.set(message.id, above);
      continue;
    }
    const why = entry.state === "failed" ? entry.reason : "waiting";
    kept.push({ ...message, parentId: above, metadata: { ...message.metadata, [notSent]: why } });
  }
  return kept;
}
