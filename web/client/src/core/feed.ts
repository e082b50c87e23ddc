// Taking a page of the change feed into the store.
import { eraseAgain } from "./heal";
import type { Writing } from "./local-store";
import { forgetErased, putPresets, putRows } from "./rows";
import type { ChangesPage, Surroundings } from "./server-door";

/**
 * One page of the feed, with the place after it: both or neither. `overtaken`: another tab was faster, nothing was stored. `other-epoch`: the page
 * is of another history, nothing was stored.
 */
export async function applyChanges(
  tx: Writing,
  since: string,
  page: ChangesPage,
  around: Surroundings,
): Promise<"applied" | "overtaken" | "other-epoch"> {
  const state = await tx.state();
  if (state.cursor !== since) return "overtaken";
  if (state.epoch !== page.epoch) return "other-epoch";
  if (page.conversations.length > 0) await eraseAgain(tx, page.conversations, around);
  const erased = page.tombstones.filter((row) => row.kind === "conversation").map((row) => row.id);
  if (erased.length > 0) await forgetErased(tx, erased);
  await putRows(tx, page.epoch, page.conversations, page.messages, around);
  await putPresets(tx, page.presets);
  await tx.putState({ ...state, cursor: page.nextCursor });
  return "applied";
}
