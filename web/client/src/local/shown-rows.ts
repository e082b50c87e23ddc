// What is shown of a conversation's rows: the store's, with what was streamed in their place.
import type { ConversationSnapshot } from "../snapshots";
import { withMessage, type MessageRow } from "../message-row";
import { isUnfinished } from "../types";

/** Updates while answers stream are gathered for this long. */
export const publishMs = 40;

/** What was streamed goes in the place of what the store has, until the store has the end of it. */
const shownLive = new WeakMap<MessageRow, { stored: MessageRow; shown: MessageRow }>();
export function withLive(stored: MessageRow, live: MessageRow | undefined): MessageRow {
  if (!live || !isRowUnfinished(stored)) return stored;
  const made = shownLive.get(live);
  if (made?.stored === stored) return made.shown;
  const { siblingCount, siblingIds } = stored.message;
  const shown = { ...withMessage(undefined, { ...live.message, siblingCount, siblingIds }) };
  shownLive.set(live, { stored, shown });
  return shown;
}

export function isRowUnfinished(row: MessageRow): boolean {
  return isUnfinished(row.message.status);
}

/** The row that is shown already, where nothing about it has changed: views compare by identity. */
export function sameOr(row: MessageRow, before: MessageRow | undefined): MessageRow {
  if (!before || before.origin !== row.origin || before.state !== row.state || before.reason !== row.reason || before.outboxId !== row.outboxId) return row;
  const [a, b] = [before.message, row.message];
  const isSame = a.seq === b.seq && a.status === b.status && a.parentId === b.parentId && a.siblingIds?.join() === b.siblingIds?.join();
  return isSame ? before : row;
}

export const emptySnapshot: ConversationSnapshot = {
  phase: "loading", failure: "", rows: [], hasOlder: false, isLoadingOlder: false, olderFailure: "", hasNewer: false,
  isRunning: false, queued: [], isReconnecting: false, sought: null, unsent: null, finished: null,
};
