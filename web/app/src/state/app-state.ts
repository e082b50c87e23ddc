// The one place that builds the client: the calls, the list, the models, and the open conversations.
import {
  ConversationList,
  ConversationView,
  createApi,
  Drafts,
  newId,
  type KeyValueStore,
  type ViewHooks,
} from "@threadkeep/client";
import { ModelChoice } from "./models";
import { router } from "./route";
import { toasts } from "./toasts";

export const api = createApi();
export const drafts = new Drafts(storage());
export const list = new ConversationList(api);
export const models = new ModelChoice(api, list);

const hooks: ViewHooks = {
  onConversation: (conversation) => list.upsert(conversation),
  onTitle: (id, title) => list.setTitle(id, title),
  onActivity: (id) => list.touch(id, Date.now()),
  onFailure: (sentence) => toasts.show({ text: sentence }),
};

/** Conversations that stay in memory after they were left, so that going back is instant. */
const keptViewsMax = 6;
const views = new Map<string, ConversationView>();

/** The view of a conversation that is on the server; opened on first use. */
export function viewOf(id: string): ConversationView {
  const kept = views.get(id);
  if (kept) {
    views.delete(id);
    views.set(id, kept);
    void kept.refresh();
    return kept;
  }
  const view = keep(new ConversationView(api, drafts, hooks, id, { isNew: false }));
  void view.open();
  return view;
}

/** A conversation that exists here only, until its first message is sent. */
export function newView(): ConversationView {
  return new ConversationView(api, drafts, hooks, newId(), { isNew: true });
}

/** The first message was sent: the conversation gets its place in the address. */
export function adopt(view: ConversationView): void {
  keep(view);
  router.open(view.id);
}

function keep(view: ConversationView): ConversationView {
  views.set(view.id, view);
  for (const [id, old] of views) {
    if (views.size <= keptViewsMax) break;
    if (old.isRunning || old === view) continue;
    old.dispose();
    views.delete(id);
  }
  return view;
}

/** What other devices and tabs have changed; called when the page is looked at again. */
export function refreshAll(): void {
  void list.refresh("main");
  void list.refresh("pinned");
  const { chat } = router.snapshot();
  if (chat) void views.get(chat)?.refresh();
}

/** Tries again what could not be read because the server was away; false when there was nothing of the kind. */
export function recover(): boolean {
  const { chat } = router.snapshot();
  const view = chat ? views.get(chat) : undefined;
  const lists = list.snapshot();
  const waiting = [
    view?.snapshot().phase === "failed" && (() => view.open()),
    models.snapshot().phase === "failed" && (() => models.load()),
    lists.main.phase === "failed" && (() => list.loadMore("main")),
    lists.pinned.phase === "failed" && (() => list.loadMore("pinned")),
  ].filter((again) => again !== false);
  for (const again of waiting) void again();
  return waiting.length > 0;
}

function storage(): KeyValueStore | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
