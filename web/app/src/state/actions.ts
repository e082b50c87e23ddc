// What a person does to a conversation: done at once, with a way back for ten seconds.
import { explain, type Conversation } from "@threadkeep/client";
import { list, models, viewOf } from "./app-state";
import { router } from "./route";
import { toasts } from "./toasts";

function failed(error: unknown): void {
  toasts.show({ text: `Not done. ${explain(error)}` });
}

function leaveIfOpen(id: string): void {
  if (router.snapshot().chat === id) router.open(null);
}

export function rename(conversation: Conversation, title: string): void {
  const before = conversation.title;
  const trimmed = title.trim();
  if (trimmed === before) return;
  list.rename(conversation.id, trimmed).then(
    () =>
      toasts.show({
        about: conversation.id,
        text: trimmed ? "Renamed." : "The title is made from the conversation again.",
        action: { label: "Undo", run: () => void list.rename(conversation.id, before).catch(failed) },
      }),
    failed,
  );
}

export function setPinned(conversation: Conversation, isPinned: boolean): void {
  const { id } = conversation;
  list.setPinned(id, isPinned).catch(failed);
  toasts.show({
    about: id,
    text: isPinned ? "Pinned." : "Unpinned.",
    action: { label: "Undo", run: () => void list.setPinned(id, !isPinned).catch(failed) },
  });
}

export function setArchived(conversation: Conversation, isArchived: boolean): void {
  const { id } = conversation;
  list.setArchived(id, isArchived).catch(failed);
  toasts.show({
    about: id,
    text: isArchived ? "Moved to the archive." : "Moved out of the archive.",
    action: { label: "Undo", run: () => void list.setArchived(id, !isArchived).catch(failed) },
  });
}

export function remove(conversation: Conversation): void {
  const { id } = conversation;
  const wasOpen = router.snapshot().chat === id;
  leaveIfOpen(id);
  list.remove(id, Date.now()).catch(failed);
  const undo = () => {
    list.restore(id).then(() => wasOpen && router.open(id), failed);
  };
  toasts.show({
    about: id,
    text: "Moved to the trash. It stays there for 30 days.",
    action: { label: "Undo", run: undo },
  });
}

export function restore(conversation: Conversation): void {
  list.restore(conversation.id).then(() => {
    toasts.show({ about: conversation.id, text: "Restored." });
    void viewOf(conversation.id).open();
  }, failed);
}

export function removeForever(conversation: Conversation): void {
  leaveIfOpen(conversation.id);
  list.removeForever(conversation.id).then(() => toasts.show({ about: conversation.id, text: "Deleted for ever." }), failed);
}

/** A new conversation; what was chosen to answer stays chosen. */
export function startNew(): void {
  router.open(null);
  void models.load();
}
