// The newest messages of the conversation that the address names, as plain text: on a device that has nothing of it yet, on a slow line, they can
// be read while the page is still being loaded. They can be seen but not used; React's first drawing takes their place.

const hereKey = "threadkeep.here";
/** On a fast line the page itself is there before. */
const notBeforeMs = 800;
const messagesShown = 6;
const charsShown = 4_000;

/** Read before the code is there that tells a sound row from another. */
interface EarlyMessage {
  role?: unknown;
  content?: unknown;
}

/** From now on this device has a copy, which is faster to read than the server. */
export function noteHere(): void {
  try {
    localStorage.setItem(hereKey, "1");
  } catch {
    // Then the words are asked for again.
  }
}

export function drawEarlyWords(root: HTMLElement): void {
  const chat = new URLSearchParams(location.search).get("chat");
  if (!chat || !/^[0-9A-Z]{26}$/i.test(chat) || wasHere()) return;
  const isWanted = () => root.querySelector("#boot") !== null;
  void fetch(`/api/conversations/${chat.toUpperCase()}/messages?limit=${messagesShown}`, { cache: "no-store" })
    .then((answer) => (answer.ok ? (answer.json() as Promise<{ messages: (EarlyMessage | null)[] }>) : null))
    .then((page) => {
      if (!page || page.messages.length === 0) return;
      const layer = layerOf(page.messages);
      setTimeout(() => isWanted() && root.replaceChildren(layer), Math.max(0, notBeforeMs - performance.now()));
    })
    .catch(() => undefined);
}

function wasHere(): boolean {
  try {
    return localStorage.getItem(hereKey) !== null;
  } catch {
    return false;
  }
}

function layerOf(messages: readonly (EarlyMessage | null)[]): HTMLElement {
  const layer = box("flex h-dvh");
  layer.inert = true;
  layer.setAttribute("aria-hidden", "true");
  layer.dataset.picture = "";
  layer.dataset.early = "";
  const column = box("mx-auto w-full max-w-[49rem] px-6 pb-28 max-md:px-4");
  for (const message of messages) {
    const text = textOf(message?.content);
    if (text) column.append(messageOf(message?.role === "user", text.slice(0, charsShown)));
  }
  const view = box("flex min-w-0 grow flex-col justify-end overflow-hidden");
  view.append(column);
  layer.append(box("w-(--side-width,18rem) shrink-0 border-e border-line bg-side max-lg:hidden"), view);
  return layer;
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content.flatMap((block: { type?: unknown; text?: unknown } | null) => (block?.type === "text" && typeof block.text === "string" ? [block.text] : [])).join("\n\n");
}

function messageOf(isQuestion: boolean, text: string): HTMLElement {
  const row = box(isQuestion ? "flex justify-end pb-6" : "pb-12");
  const words = box(isQuestion ? "max-w-[85%] rounded-2xl bg-surface px-4 py-2.5 wrap-anywhere whitespace-pre-wrap" : "leading-[1.6] wrap-anywhere whitespace-pre-wrap");
  words.dir = "auto";
  words.textContent = text;
  row.append(words);
  return row;
}

function box(look: string): HTMLDivElement {
  const element = document.createElement("div");
  element.className = look;
  return element;
}
