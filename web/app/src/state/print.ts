import { list, viewOf } from "./app-state";
import { router } from "./route";
import { toasts } from "./toasts";

/** Prints all of the conversation that is open. */
export function printOpen(): void {
  const { chat } = router.snapshot();
  if (!chat) return;
  void import("../print/print-conversation").then(
    ({ printConversation }) => printConversation(viewOf(chat), list.get(chat)?.title ?? ""),
    () => toasts.show({ text: "This part of the page is not on this device, and the server cannot be reached." }),
  );
}
