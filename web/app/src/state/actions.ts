// What a person does to conversations: done at once, one or many, with one way back for ten seconds.
import { explain, type Conversation, type ListChange, type Undo } from "@threadkeep/client";
import { titleOf } from "../sidebar/titles";
import { api, list, models } from "./app-state";
import { router } from "./route";
import { selection } from "./side";
import { toasts, undoLabel } from "./toasts";

export function failed(error: unknown): void {
  toasts.show({ text: `Not done. ${explain(error)}` });
}

/** "It", or how many: the subject of a sentence about what was done. */
function counted(ids: readonly string[], one: string, many: string): string {
  return ids.length === 1 ? one : `${ids.length} conversations ${many}`;
}

/** The conversation's name, as it was before the change; of several there is a number in the sentence. */
function nameOf(ids: readonly string[]): string | undefined {
  const only = ids.length === 1 ? list.get(ids[0]!) : undefined;
  return only && titleOf(only);
}

function said(ids: readonly string[], change: ListChange): string {
  if ("title" in change) return change.title ? "Renamed." : "The title is made from the conversation again.";
  if ("isPinned" in change) return change.isPinned ? counted(ids, "Pinned.", "pinned.") : counted(ids, "Unpinned.", "unpinned.");
  if ("isArchived" in change) {
    const where = change.isArchived ? "to the archive." : "out of the archive.";
    return counted(ids, `Moved ${where}`, `moved ${where}`);
  }
  if ("isUnread" in change) return change.isUnread ? counted(ids, "Marked as unread.", "marked as unread.") : counted(ids, "Marked as read.", "marked as read.");
  if ("folder" in change) {
    const where = change.folder === null ? "out of the folder." : `to “${change.folder}”.`;
    return counted(ids, `Moved ${where}`, `moved ${where}`);
  }
  if ("settings" in change) return counted(ids, "Settings saved. They hold from the next question on.", "have other settings now.");
  if ("trash" in change) return counted(ids, "Moved to the trash. It stays there for 30 days.", "moved to the trash. They stay there for 30 days.");
  if ("restore" in change) return counted(ids, "Restored.", "restored.");
  return counted(ids, "Tags changed.", "have other tags now.");
}

/**
 * Does it, says so, and offers the way back; several changes (tags added and taken away) count as one. `after` runs when
 * it was taken back.
 */
export function change(ids: readonly string[], changes: ListChange | readonly ListChange[], after?: () => void): void {
  const all = Array.isArray(changes) ? (changes as readonly ListChange[]) : [changes as ListChange];
  const [first] = all;
  if (ids.length === 0 || !first) return;
  const done = inOrder(all.map((one) => () => list.change(ids, one)));
  done.catch(failed);
  const undo = async () => {
    for (const back of (await done).toReversed()) await back();
    after?.();
  };
  toasts.show({
    about: ids.length === 1 ? ids[0] : undefined,
    title: nameOf(ids),
    text: said(ids, first),
    action: { label: undoLabel, run: () => void undo().catch(failed) },
  });
}

async function inOrder(steps: readonly (() => Promise<Undo>)[]): Promise<Undo[]> {
  const undos: Undo[] = [];
  for (const step of steps) undos.push(await step());
  return undos;
}

export function rename(conversation: Conversation, title: string): void {
  const trimmed = title.trim();
  if (trimmed !== conversation.title) change([conversation.id], { title: trimmed });
}

/** Whether its model can be asked for a title: a name that a person gave stays, and the built-in one names nothing. */
export function canBeNamed({ titleSource, model, messageCount }: Conversation): boolean {
  return titleSource !== "user" && model !== null && model !== "builtin" && messageCount > 1;
}

/** Has the conversation named by its model; the list hears of it as of every change. */
export function nameByModel({ id }: Conversation): void {
  toasts.show({ about: id, text: "Asking the model for a title…", stays: true });
  api.makeTitle(id).then(({ title }) => toasts.show({ about: id, title, text: "This is its title now." }), failed);
}

/** To the trash. What is open and goes there is left, and opened again when it comes back. */
export function remove(ids: readonly string[]): void {
  const { chat } = router.snapshot();
  const wasOpen = chat !== null && ids.includes(chat);
  if (wasOpen) router.open(null);
  change(ids, { trash: true }, () => wasOpen && router.open(chat));
}

export function removeForever(ids: readonly string[]): void {
  const { chat } = router.snapshot();
  if (chat !== null && ids.includes(chat)) router.open(null);
  selection.clear();
  const title = nameOf(ids);
  list.removeForever(ids).then(() => toasts.show({ title, text: counted(ids, "Deleted for ever.", "deleted for ever.") }), failed);
}

/** What the next key or button acts on, and nothing of it stays selected afterwards. */
export function withSelection(act: (ids: string[]) => void): void {
  const ids = [...selection.snapshot()];
  selection.clear();
  if (ids.length > 0) act(ids);
}

/** A new conversation; what was chosen to answer stays chosen. */
export function startNew(): void {
  router.open(null);
  void models.load();
}
