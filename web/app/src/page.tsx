import { createRoot } from "react-dom/client";
import type { Client } from "@threadkeep/client";
import { App } from "./app";
import { markdownPart } from "./blocks/markdown-part";
import { noteHere } from "./offline/early-words";
import { keepPictures } from "./offline/last-picture";
import { updates } from "./offline/updates";
import { begin, viewOf } from "./state/app-state";
import { router } from "./state/route";

/** What draws answers is waited for where it is nearly here. On a slow line they are read as plain text meanwhile. */
const markdownMs = 300;
/** The newest messages are read before anything is drawn, if they are on the device: that takes less long than drawing twice. */
const readMs = 50;
/** Where its words can be read already, they are not taken away again for a page that is still empty. */
const readEarlyMs = 4_000;

export async function show(client: Client, root: HTMLElement): Promise<void> {
  begin(client);
  const { chat } = router.snapshot();
  if (chat) {
    const markdown = Promise.race([markdownPart.load().catch(() => null), new Promise((resolve) => setTimeout(resolve, markdownMs))]);
    await Promise.all([markdown, isRead(viewOf(chat), root.querySelector("[data-early]") ? readEarlyMs : readMs)]);
  }
  createRoot(root).render(<App />);
  if (client.connection.snapshot().isKept) noteHere();
  // A copy that is not kept, or was taken away, leaves no picture behind.
  keepPictures(root, () => client.connection.snapshot().isKept && client.connection.snapshot().reload !== "old-tab");
  if (import.meta.env.PROD) requestIdleCallback(() => void updates.begin(), { timeout: 3000 });
}

function isRead(view: ReturnType<typeof viewOf>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (view.snapshot().phase !== "loading") return resolve();
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, ms);
    const stop = view.subscribe(() => view.snapshot().phase !== "loading" && done());
  });
}
