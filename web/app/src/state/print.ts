import { list, viewOf } from "./app-state";
import { partMissing } from "./part";
import { router } from "./route";
import { toasts } from "./toasts";

/** Prints all of the conversation that is open. */
export function printOpen(): void {
  const { chat } = router.snapshot();
  if (!chat) return;
  void import("../print/print-conversation").then(
    ({ printConversation }) => printConversation(viewOf(chat), list.get(chat)?.title ?? ""),
    () => toasts.show({ text: partMissing }),
  );
}
