// Conversations as one file, made in the page: each with its whole tree, in the shapes of docs/api.md.
import { explain, ProblemError, UnreachableError, type Conversation, withoutDeleted, type HeldConversation, type Message, type MessagePage, type Preset } from "@threadkeep/client";
import { api, client, list } from "../state/app-state";
import { toasts } from "../state/toasts";

const pageRows = 200;
/** How many conversations are read at the same time. */
const atOnce = 4;

type Exported = Conversation & { messages: Message[] };

interface ExportOptions {
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

export interface Made {
  /** In the order that was asked for. */
  conversations: Exported[];
  /** Messages that are on this device only: they are in the file, marked. */
  unsent: number;
  /** Messages that are on the server only, where it cannot be reached: they are not in the file. */
  missing: number;
  /** Messages in the trash: they are not in the files. */
  deleted: number;
  /** Settings by name, of folders and the default. A conversation alone is often given to others, and they are not in its file. */
  presets: readonly Preset[];
}

/** Rejects when one cannot be read at all: a file that lacks a conversation is worse than none. */
export async function exported(ids: readonly string[], { signal, onProgress }: ExportOptions): Promise<Made> {
  const presets = ids.length > 1 ? (await client.presets()).snapshot() : [];
  const made: Made = { conversations: new Array<Exported>(ids.length), unsent: 0, missing: 0, deleted: 0, presets };
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    while (next < ids.length) {
      const at = next++;
      const held = await client.held(ids[at]!);
      const { whole, missing, deleted } = await readWhole(ids[at]!, held, signal);
      made.conversations[at] = withUnsent(whole, held);
      made.unsent += held?.unsent.length ?? 0;
      made.missing += missing;
      made.deleted += deleted;
      onProgress(++done);
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, work));
  return made;
}

/** From the server; where that cannot be reached, or does not know it yet, what the device has. And how many messages that lacks. */
async function readWhole(id: string, held: HeldConversation | null, signal: AbortSignal): Promise<{ whole: Exported; missing: number; deleted: number }> {
  try {
    return { ...(await wholeOf(id, signal)), missing: 0 };
  } catch (error) {
    const isHereOnly = error instanceof ProblemError && error.status === 404;
    const isAway = error instanceof UnreachableError || (error instanceof ProblemError && error.isTemporary);
    if (!held || signal.aborted || !(isAway || isHereOnly)) throw error;
    return { whole: { ...held.conversation, messages: [...held.messages] }, missing: held.missing, deleted: held.deleted };
  }
}

function withUnsent(whole: Exported, held: HeldConversation | null): Exported {
  const stored = new Set(whole.messages.map(({ id }) => id));
  const unsent = (held?.unsent ?? []).filter(({ id }) => !stored.has(id));
  const last = unsent.at(-1);
  if (!last) return whole;
  return { ...whole, headId: last.id, messageCount: whole.messages.length + unsent.length, messages: [...whole.messages, ...unsent] };
}

async function wholeOf(id: string, signal: AbortSignal): Promise<{ whole: Exported; deleted: number }> {
  const conversation = await api.getConversation(id, signal);
  const messages: Message[] = [];
  let cursor: string | null = null;
  do {
    const page: MessagePage = await api.listMessages(id, { all: true, deleted: true, limit: pageRows, ...(cursor ? { cursor } : {}) }, signal);
    messages.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const { messages: live, deleted } = withoutDeleted(messages);
  return { whole: { ...conversation, messages: live }, deleted };
}

/** What is in the file, and what is not. */
export function wordsOf({ conversations, unsent, missing, deleted, presets }: Made): string {
  const all = conversations.length === 1 ? "Exported." : `${conversations.length} conversations exported.`;
  const here = unsent === 0 ? "" : ` ${unsent === 1 ? "One message that was" : `${unsent} messages that were`} not sent yet ${unsent === 1 ? "is" : "are"} in it, marked.`;
  const there = missing === 0 ? "" : ` ${missing === 1 ? "One message is" : `${missing} messages are`} on the server only, and not in it.`;
  const gone = deleted === 0 ? "" : ` ${deleted === 1 ? "One deleted message is" : `${deleted} deleted messages are`} not in it.`;
  const settings = presets.length === 0 ? "" : ` Your presets and the settings of folders are in it.`;
  return all + here + there + gone + settings;
}

/** Reads them and offers the file; says how far it is, and can be stopped. */
export function exportToFile(ids: readonly string[]): void {
  const abort = new AbortController();
  const words = (done: number) => (ids.length === 1 ? "Exporting…" : `Exporting: ${done} of ${ids.length} conversations.`);
  const action = { label: "Stop", run: () => abort.abort() };
  const toast = toasts.show({ text: words(0), action, stays: true });
  exported(ids, { signal: abort.signal, onProgress: (done) => toasts.change(toast, words(done)) })
    .then((made) => {
      save(nameOf(ids), fileOf(made));
      toasts.show({ text: wordsOf(made) });
    })
    .catch((error: unknown) => {
      toasts.show({ text: abort.signal.aborted ? "Exporting was stopped. No file was made." : `Not exported. ${explain(error)}` });
    })
    .finally(() => toasts.dismiss(toast));
}

export function fileOf({ presets, conversations }: Made): object {
  return { format: "threadkeep", version: 1, exportedAt: Date.now(), ...(presets.length > 0 && { presets }), conversations };
}

function nameOf(ids: readonly string[]): string {
  const day = new Date().toISOString().slice(0, 10);
  const title = ids.length === 1 ? (list.get(ids[0]!)?.title ?? "") : `${ids.length} conversations`;
  const plain = title.replace(/[^\p{L}\p{N}]+/gu, " ").trim().slice(0, 60);
  return `Threadkeep ${day}${plain ? ` ${plain}` : ""}.json`;
}

function save(name: string, content: object): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
