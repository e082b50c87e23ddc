// What is on the device is opened and read while the browser still works on the rest of the page.
import { openClient } from "@threadkeep/client";
import { markdownPart } from "./blocks/markdown-part";
import { afterPaint } from "./state/after-paint";
import { newSettings } from "./state/new-settings";
import { allowedTools } from "./state/reading";
import { router } from "./state/route";
import { toasts } from "./state/toasts";

const settingsOfNew = (conversationId: string) => newSettings.of(conversationId);

export async function start(root: HTMLElement): Promise<void> {
  let isShown!: () => void;
  const workAfter = new Promise<void>((resolve) => (isShown = resolve));
  const opening = openClient({ onFailure: (text) => toasts.show({ text }), first: router.snapshot().chat, workAfter, allowedTools, settingsOfNew });
  // Beside the page where it is on this device already; on a slow line the page comes first.
  if (router.snapshot().chat && root.querySelector("[data-picture]:not([data-early])")) markdownPart.load().catch(() => undefined);
  try {
    const { show } = await import("./page");
    await show(await opening, root);
  } finally {
    // What waits to be sent goes out also from a page that could not be shown.
    afterPaint(isShown);
  }
}
