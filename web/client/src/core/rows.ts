// Taking rows of the server into the store, whatever order they come in.
import { readableMessage } from "../readable";
import type { Conversation, Message, Preset } from "../types";
import { eraseMessagesAgain } from "./heal";
import { isNewer, type StoredMessage, type Writing } from "./local-store";
import type { Surroundings } from "./server-door";

/** Stores what is newer than what is held. What was erased does not come back by an older answer, nor by a device that had not heard of it. */
export async function putRows(
  tx: Writing,
  epoch: number,
  conversations: readonly Conversation[],
  given: readonly Message[],
  around: Surroundings,
): Promise<void> {
  const messages = given.flatMap((row) => readableMessage(row) ?? []).filter((row) => row.conversationId !== "");
  const about = new Set([...conversations.map((row) => row.id), ...messages.map((row) => row.conversationId)]);
  if (about.size === 0) return;
  const gone = conversations.filter((row) => row.isErased).map((row) => row.id);
  if (gone.length > 0) await forgetErased(tx, gone);
  const erasedNow = messages.filter((row) => row.isErased).map((row) => row.id);
  if (erasedNow.length > 0) await tx.putErased(erasedNow);
  const erased = await tx.erased([...about, ...messages.map((row) => row.id)]);
  const living = conversations.filter((row) => !erased.has(row.id));
  if (living.length > 0) {
    const held = await tx.conversations(living.map((row) => row.id));
    const newer = living.filter((row, index) => row.seq >= (held[index]?.seq ?? 0));
    if (newer.length > 0) await tx.putConversations(newer);
  }
  const rows = messages.filter((row) => !erased.has(row.conversationId)).map((row) => ({ ...row, epoch }));
  if (rows.length > 0) await putMessages(tx, rows, erased, around);
}

/** The same for presets. Deleted ones are kept too: no older answer brings them back. */
export async function putPresets(tx: Writing, rows: readonly Preset[] = []): Promise<void> {
  if (rows.length === 0) return;
  const held = new Map((await tx.presets()).map((row) => [row.id, row.seq]));
  await tx.putPresets(rows.filter((row) => row.seq >= (held.get(row.id) ?? 0)));
}

async function putMessages(tx: Writing, rows: readonly StoredMessage[], erased: ReadonlySet<string>, around: Surroundings): Promise<void> {
  const held = await tx.messages(rows.map((row) => row.id));
  const newer: StoredMessage[] = [];
  const changed = new Set<string>();
  const back: StoredMessage[] = [];
  for (const [index, row] of rows.entries()) {
    const before = held[index];
    if (!isNewer(row, before)) continue;
    const isBack = erased.has(row.id) && !row.isErased;
    if (isBack) back.push(row);
    const taken = isBack ? withoutWords(row) : row;
    if ((taken.deletedAt === undefined) !== (before?.deletedAt === undefined)) changed.add(row.conversationId);
    newer.push(keepingWords(keepingSiblings(taken, before), before));
  }
  if (newer.length > 0) await tx.putMessages(newer);
  tx.noteDeletions(changed);
  if (back.length > 0) await eraseMessagesAgain(tx, back, around);
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

/** The server sends no words of what is in the trash: without it, this device shows those that it had. */
function keepingWords(row: StoredMessage, held: StoredMessage | undefined): StoredMessage {
  if (!held || row.isErased) return row;
  if (row.deletedAt === undefined) {
    const undeleted = held.deletedAt ?? held.undeleted;
    return undeleted === undefined ? row : { ...row, undeleted };
  }
  const kept = held.deletedAt === undefined ? held.content : held.kept;
  return kept ? { ...row, kept } : row;
}

function withoutWords(row: StoredMessage): StoredMessage {
  return { ...row, content: [], deletedAt: row.deletedAt ?? row.createdAt, isErased: true };
}
