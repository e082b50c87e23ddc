import { createRoot } from "react-dom/client";
import type { Client } from "@threadkeep/client";
import { App } from "./app";
import { keepPictures } from "./offline/last-picture";
import { updates } from "./offline/updates";
import { begin, viewOf } from "./state/app-state";
import { router } from "./state/route";

/** The newest messages are read before anything is drawn, if they are on the device: that takes less long than drawing twice. */
const readMs = 50;

export async function show(client: Client, root: HTMLElement): Promise<void> {
  begin(client);
  const { chat } = router.snapshot();
  if (chat) await isRead(viewOf(chat));
  createRoot(root).render(<App />);
  // A copy that is not kept, or was taken away, leaves no picture behind.
  keepPictures(root, () => client.connection.snapshot().isKept && client.connection.snapshot().reload !== "old-tab");
  if (import.meta.env.PROD) requestIdleCallback(() => void updates.begin(), { timeout: 3000 });
}

function isRead(view: ReturnType<typeof viewOf>): Promise<void> {
  return new Promise((resolve) => {
    if (view.snapshot().phase !== "loading") return resolve();
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, readMs);
    const stop = view.subscribe(() => view.snapshot().phase !== "loading" && done());
  });
}
