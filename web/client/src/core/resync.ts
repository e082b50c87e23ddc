// Starting again from a snapshot: the first copy, a cursor that is too old, and a server that was restored from a backup.
import type { Conversation, Message, Preset } from "../types";
import { healing, inFront, nothingLost, withoutKnown, type Lost } from "./heal";
import type { StoredMessage, SyncState, Writing } from "./local-store";
import { putRows } from "./rows";
import type { ServerDoor, SnapshotPage, Surroundings } from "./server-door";

/** What the server has, read up to the last conversation; nothing on the device has changed yet. */
export interface Shadow {
  since: string | null;
  epoch: number;
  conversations: Map<string, Conversation>;
  presets: Preset[];
  /** Those that came with the last page of conversations. */
  messages: Message[];
  /** Where the rest of the messages goes on. */
  fill: string | null;
  cursor: string;
  /** What has a greater `seq` here may be lost there; null: nothing was lost. */
  floor: number | null;
}

/** The first page of a new device is small: on a slow line the list is there before all that was said. */
const firstRows = 200;

export async function readShadow(server: ServerDoor, state: SyncState, limit: number | undefined): Promise<Shadow> {
  const since = state.cursor ?? undefined;
  const firstLimit = state.epoch === 0 ? Math.min(limit ?? firstRows, firstRows) : limit;
  for (;;) {
    let page: SnapshotPage = await server.snapshot({ since, limit: firstLimit, include: "all" });
    const { epoch, changesCursor, resumeFloor, presets = [] } = page;
    const conversations = new Map(page.conversations.map((row) => [row.id, row]));
    while (page.messages.length === 0 && page.nextCursor !== null && page.epoch === epoch) {
      page = await server.snapshot({ cursor: page.nextCursor, since, limit, include: "all" });
      for (const row of page.conversations) conversations.set(row.id, row);
    }
    if (page.epoch !== epoch) continue;
    const isRestored = state.epoch !== 0 && state.epoch !== epoch;
    const floor = isRestored ? (resumeFloor ?? 0) : null;
    return { since: state.cursor, epoch, conversations, presets, messages: page.messages, fill: page.nextCursor, cursor: changesCursor, floor };
  }
}

/**
 * Puts the shadow in the place of what is held, in the caller's transaction, and puts what a restore has lost in front of the outbox: conversations
 * first, then messages in the order they were written, then deletions. False: another tab was faster.
 */
export async function swapIn(tx: Writing, shadow: Shadow, around: Surroundings): Promise<boolean> {
  const state = await tx.state();
  if (state.cursor !== shadow.since) return false;
  const [held, outbox, erased] = [await tx.allConversations(), await tx.outbox(), new Set(await tx.allErased())];
  const back = { ...nothingLost, erased: [...erased].filter((id) => shadow.conversations.has(id)) };
  const lost = shadow.floor === null ? back : { ...back, ...(await findLost(tx, shadow, shadow.floor, held)) };
  const heals = withoutKnown(healing(lost), outbox);

  const gone = held.filter((row) => !shadow.conversations.has(row.id)).map((row) => row.id);
  await tx.deleteConversations(gone);
  await tx.deleteMessagesOf((await tx.conversationsWithMessages()).filter((id) => !shadow.conversations.has(id)));
  await tx.deleteMessages(lost.messages.map((row) => row.id));
  const living = [...shadow.conversations.values()].filter((row) => !erased.has(row.id));
  const before = new Map(held.map((row) => [row.id, row]));
  const isSameEpoch = state.epoch === shadow.epoch;
  await tx.putConversations(living.filter((row) => !isSameEpoch || row.seq >= (before.get(row.id)?.seq ?? 0)));
  await putRows(tx, shadow.epoch, [], shadow.messages, around);
  await tx.clearPresets();
  await tx.putPresets(shadow.presets);
  await tx.putOutbox(inFront(heals, await tx.orders(), around));
  const restored = state.restored + lost.conversations.length + lost.messages.length;
  await tx.putState({ epoch: shadow.epoch, cursor: shadow.cursor, fill: shadow.fill, restored, hasPresets: true });
  return true;
}

async function findLost(
  tx: Writing,
  shadow: Shadow,
  floor: number,
  held: readonly Conversation[],
): Promise<Omit<Lost, "erased">> {
  const conversations = held.filter((row) => !row.deletedAt && row.seq > floor && !shadow.conversations.has(row.id));
  const lostIds = new Set(conversations.map((row) => row.id));
  const there = new Set(shadow.messages.map((row) => row.id));
  const isReachable = (id: string) => lostIds.has(id) || shadow.conversations.has(id);
  const newer = await tx.messagesAfter(floor);
  const messages = newer.filter((row) => row.epoch !== shadow.epoch && !there.has(row.id) && isReachable(row.conversationId));
  const live = (id: string) => shadow.conversations.get(id)?.deletedAt === undefined && shadow.conversations.has(id);
  const trashed = held.filter((row) => row.deletedAt && row.seq > floor && live(row.id)).map((row) => row.id);
  const isChanged = (row: StoredMessage) => row.deletedAt !== undefined || row.undeleted !== undefined;
  const deletions = newer.filter((row) => row.epoch !== shadow.epoch && shadow.conversations.has(row.conversationId) && isChanged(row));
  const presets = (await tx.presets()).filter((row) => row.seq > floor);
  return { conversations, messages, trashed, deletions, presets };
}
