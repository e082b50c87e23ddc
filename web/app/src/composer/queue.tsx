import { useId } from "react";
import type { QueuedMessage } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { failed } from "../state/actions";
import { client, models } from "../state/app-state";
import { focusComposer } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { toasts, undoLabel } from "../state/toasts";
import { writingOf, type Writing } from "./writing";

/** So much of each is read; two lines are shown. */
const shownChars = 400;

/** What was sent while an answer is being written: a small stack above the field, from which each can be taken back. */
export function Queue() {
  const view = useView();
  const { queued } = useViewSnapshot();
  const { state } = useObservable(client.connection);
  const title = useId();
  if (queued.length === 0) return null;
  const subject = queued.length === 1 ? "1 message waits" : `${queued.length} messages wait`;
  async function remove(one: QueuedMessage) {
    focusComposer();
    const text = await client.outbox.discard(one.outboxId);
    const asked = models.forAsking();
    toasts.show({ text: "Not sent.", action: { label: undoLabel, run: () => void view.send(text, asked, one.files) } });
  }
  return (
    <section aria-labelledby={title} className="mb-2 rounded-2xl border border-dashed border-line-strong bg-raised py-1 ps-4 pe-1.5">
      <p id={title} role="status" className="flex items-center gap-2 py-1 text-small text-waiting">
        <Icon name={state === "offline" ? "offline" : "device"} size={16} className="shrink-0" />
        {state === "offline" ? `${subject} for the server, kept on this device.` : `${subject} for the answer.`}
      </p>
      <ol className="max-h-[24dvh] overflow-y-auto" aria-labelledby={title}>
        {queued.map((one) => (
          <li key={one.id} className="flex items-start gap-1 border-t border-line py-1">
            <div className="min-w-0 grow py-1 text-small">
              <p dir="auto" className="line-clamp-2 wrap-anywhere whitespace-pre-line">
                {one.text.slice(0, shownChars)}
              </p>
              {one.files.length > 0 && <p className="truncate text-faint">{one.files.map((file) => file.name).join(", ")}</p>}
              {one.reason && <p className="text-failed wrap-anywhere">{one.reason}</p>}
            </div>
            <IconButton icon="edit" label="Take it back to edit it" size="small" onClick={() => void editQueued(one, writingOf(view)).catch(failed)} />
            <IconButton icon="close" label="Do not send it" size="small" onClick={() => void remove(one).catch(failed)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Out of the queue, into the field: it does not go out while it is being changed. */
export async function editQueued({ outboxId, files }: QueuedMessage, writing: Writing): Promise<void> {
  writing.putBack(await client.outbox.discard(outboxId), files);
  focusComposer();
}
