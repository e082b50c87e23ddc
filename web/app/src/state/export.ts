// Conversations as one file, made in the page: each with its whole tree, in the shapes of docs/api.md.
import { explain, type Conversation, type Message } from "@threadkeep/client";
import { api, list } from "./app-state";
import { toasts } from "./toasts";

const pageRows = 200;
/** How many conversations are read at the same time. */
const atOnce = 4;

type Exported = Conversation & { messages: Message[] };

interface ExportOptions {
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

/** In the order of `ids`. Rejects when one cannot be read: a file that lacks something is worse than none. */
export async function exported(ids: readonly string[], { signal, onProgress }: ExportOptions): Promise<Exported[]> {
  const made: Exported[] = new Array<Exported>(ids.length);
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    while (next < ids.length) {
      const at = next++;
      made[at] = await wholeOf(ids[at]!, signal);
      onProgress(++done);
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, work));
  return made;
}

async function wholeOf(id: string, signal: AbortSignal): Promise<Exported> {
  const conversation = await api.getConversation(id, signal);
  const messages: Message[] = [];
  let cursor: string | null = null;
  do {
    const query: { all: true; limit: number; cursor?: string } = { all: true, limit: pageRows, ...(cursor ? { cursor } : {}) };
    const page = await api.listMessages(id, query, signal);
    messages.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { ...conversation, messages };
}

/** Reads them and offers the file; says how far it is, and can be stopped. */
export function exportToFile(ids: readonly string[]): void {
  const abort = new AbortController();
  const words = (done: number) => (ids.length === 1 ? "Exporting…" : `Exporting: ${done} of ${ids.length} conversations.`);
  const action = { label: "Stop", run: () => abort.abort() };
  const toast = toasts.show({ text: words(0), action, stays: true });
  exported(ids, { signal: abort.signal, onProgress: (done) => toasts.change(toast, words(done)) })
    .then((conversations) => {
      save(nameOf(ids), { format: "threadkeep", version: 1, exportedAt: Date.now(), conversations });
      toasts.show({ text: ids.length === 1 ? "Exported." : `${ids.length} conversations exported.` });
    })
    .catch((error: unknown) => {
      toasts.show({ text: abort.signal.aborted ? "Exporting was stopped. No file was made." : `Not exported. ${explain(error)}` });
    })
    .finally(() => toasts.dismiss(toast));
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
