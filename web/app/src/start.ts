// What is on the device is opened and read while the browser still works on the rest of the page.
import { openClient } from "@threadkeep/client";
import { toasts } from "./state/toasts";

export async function start(root: HTMLElement): Promise<void> {
  const opening = openClient({ onFailure: (text) => toasts.show({ text }) });
  const { show } = await import("./page");
  await show(await opening, root);
}
