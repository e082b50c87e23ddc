import { Button } from "../components/ui/button";
import { copyText } from "../components/ui/copy-button";
import { Icon } from "../components/ui/icon";
import { writingOf } from "../composer/writing";
import { focusComposer } from "../state/focus";
import { toasts } from "../state/toasts";
import { useView, useViewSnapshot } from "../state/hooks";
import { rowClass } from "./layout";

/** A question that did not reach the server. It looks different from what is there, and says what can be done. */
export function UnsentMessage() {
  const view = useView();
  const { unsent, isRunning } = useViewSnapshot();
  if (!unsent) return null;
  const takeBack = () => {
    writingOf(view).putBack(view.takeBackUnsent(), unsent.files);
    focusComposer();
  };
  const retry = () => {
    view.retryUnsent();
    focusComposer();
  };
  return (
    <article aria-label="Question that was not sent" className={rowClass}>
      <h2 className="sr-only">Not sent</h2>
      <div className="flex flex-col items-end gap-2">
        <div
          dir="auto"
          className="max-w-[85%] rounded-2xl border border-dashed border-failed px-4 py-2.5 leading-[1.5] wrap-anywhere whitespace-pre-wrap max-md:max-w-[92%]"
        >
          {[...unsent.files.map((file) => file.name), unsent.text].filter((part) => part !== "").join("\n")}
        </div>
        <div className="flex max-w-[85%] flex-col items-end gap-2 text-small max-md:max-w-full" role="alert">
          <p className="text-end text-soft">
            <Icon name="warning" size={16} className="me-1.5 inline align-[-3px] text-failed" />
            <span className="font-medium text-failed">Not sent.</span> {unsent.reason} Your message is kept on this device.
          </p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="quiet" icon="copy" onClick={() => void copyText(unsent.text).then((ok) => ok && toasts.show({ text: "Copied." }))}>
              Copy
            </Button>
            <Button look="quiet" icon="edit" onClick={takeBack}>
              Back to writing
            </Button>
            <Button look="primary" icon="again" disabled={isRunning} onClick={retry}>
              Try again
            </Button>
          </div>
        </div>
      </div>
    </article>
  );
}
