// What the page is built on: the client, the choice of models, and the open conversations. Set once, before the first drawing.
import type { Api, Client, Conversations, LocalConversationView, Drafts } from "@threadkeep/client";
import { ModelChoice } from "./models";
import { router } from "./route";

export let client: Client;
export let api: Api;
export let list: Conversations;
export let drafts: Drafts;
export let models: ModelChoice;

export function begin(made: Client): void {
  client = made;
  ({ api, list, drafts } = made);
  models = new ModelChoice(api, list);
}

/** Conversations that stay in memory after they were left, so that going back is instant. */
const keptViewsMax = 6;
const views = new Map<string, LocalConversationView>();

/** The view of a conversation; opened on first use. */
export function viewOf(id: string): LocalConversationView {
  const kept = views.get(id);
  if (kept) {
    views.delete(id);
    views.set(id, kept);
    return kept;
  }
  const view = keep(client.viewOf(id));
  void view.open();
  return view;
}

/** A conversation that is nowhere yet, until its first message is sent. */
export function newView(): LocalConversationView {
  return client.newView();
}

/** The first message was sent: the conversation gets its place in the address. */
export function adopt(view: LocalConversationView): void {
  keep(view);
  router.open(view.id);
}

function keep(view: LocalConversationView): LocalConversationView {
  views.set(view.id, view);
  for (const [id, old] of views) {
    if (views.size <= keptViewsMax) break;
    if (old.isRunning || old === view) continue;
    old.dispose();
    views.delete(id);
  }
  return view;
}

/** Tries again what could not be read because the server was away; false when there was nothing of the kind. */
export function recover(): boolean {
  const { chat } = router.snapshot();
  const view = chat ? views.get(chat) : undefined;
  const waiting = [
    view?.snapshot().phase === "failed" && (() => view.open()),
    (models.snapshot().phase === "failed" || models.snapshot().away.length > 0) && (() => models.load()),
  ].filter((again) => again !== false);
  for (const again of waiting) void again();
  return waiting.length > 0;
}
