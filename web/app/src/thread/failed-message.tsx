import { filesIn, textOf, type MessageRow } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { copyText } from "../components/ui/copy-button";
import { Icon } from "../components/ui/icon";
import { writingOf } from "../composer/writing";
import { failed } from "../state/actions";
import { client } from "../state/app-state";
import { focusComposer } from "../state/focus";
import { useView } from "../state/hooks";
import { toasts } from "../state/toasts";

/** Below a message that the server has refused: why, and what can be done. It is on this device until one of them is done. */
export function FailedMessage({ row }: { row: MessageRow }) {
  const writing = writingOf(useView());
  const { outboxId, reason } = row;
  if (!outboxId) return null;
  const copy = () => void copyText(textOf(row.message)).then((ok) => ok && toasts.show({ text: "Copied." }));
  async function takeBack(id: string) {
    writing.putBack(await client.outbox.discard(id), filesIn(row.message.content));
    focusComposer();
  }
  function retry(id: string) {
    client.outbox.retry(id).catch(failed);
    focusComposer();
  }
  return (
    <div className="mt-2 flex max-w-[85%] flex-col items-end gap-2 text-small max-md:max-w-full" role="alert">
      <p className="text-end text-soft wrap-anywhere">
        <Icon name="warning" size={16} className="me-1.5 inline align-[-3px] text-failed" />
        <span className="font-medium text-failed">Not sent.</span> {reason} Your message is kept on this device.
      </p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" icon="copy" onClick={copy}>
          Copy
        </Button>
        <Button look="quiet" icon="edit" onClick={() => void takeBack(outboxId).catch(failed)}>
          Back to writing
        </Button>
        <Button look="primary" icon="again" onClick={() => retry(outboxId)}>
          Try again
        </Button>
      </div>
    </div>
  );
}
