// Taking rows of the server into the store, whatever order they come in.
import { readableMessage } from "../readable";
import type { Conversation, Message } from "../types";
import { isNewer, type StoredMessage, type Writing } from "./local-store";

/** Stores what is newer than what is held. What was erased does not come back by an older answer. */
export async function putRows(
  tx: Writing,
  epoch: number,
  conversations: readonly Conversation[],
  given: readonly Message[],
): Promise<void> {
  const messages = given.flatMap((row) => readableMessage(row) ?? []).filter((row) => row.conversationId !== "");
  const about = new Set([...conversations.map((row) => row.id), ...messages.map((row) => row.conversationId)]);
  if (about.size === 0) return;
  const gone = conversations.filter((row) => row.isErased).map((row) => row.id);
  if (gone.length > 0) await forgetErased(tx, gone);
  const erased = await tx.erased([...about]);
  const living = conversations.filter((row) => !erased.has(row.id));
  if (living.length > 0) {
    const held = await tx.conversations(living.map((row) => row.id));
    const newer = living.filter((row, index) => row.seq >= (held[index]?.seq ?? 0));
    if (newer.length > 0) await tx.putConversations(newer);
  }
  const rows = messages.filter((row) => !erased.has(row.conversationId)).map((row) => ({ ...row, epoch }));
  if (rows.length > 0) {
    const held = await tx.messages(rows.map((row) => row.id));
    const newer = rows.flatMap((row, index) => (isNewer(row, held[index]) ? [keepingSiblings(row, held[index])] : []));
    if (newer.length > 0) await tx.putMessages(newer);
  }
}

/** What a tombstone of the feed says, a row may say before it. */
export async function forgetErased(tx: Writing, ids: readonly string[]): Promise<void> {
  await tx.putErased(ids);
  await tx.deleteConversations(ids);
  await tx.deleteMessagesOf(ids);
}

/** Only pages of a conversation name siblings that may not be on this device; a row of the feed does not take that away. */
function keepingSiblings(row: StoredMessage, held: StoredMessage | undefined): StoredMessage {
  if (row.siblingIds) return row;
  const known = held?.siblingIds;
  return known ? { ...row, siblingIds: known, siblingCount: known.length } : row;
}
