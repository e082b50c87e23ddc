// The trash of the open conversation: its messages that were deleted alone, to bring back, or to erase.
import { explain, textOf, type Message, type Trash } from "@threadkeep/client";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Button, IconButton } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Dialog } from "../components/ui/dialog";
import { failed } from "../state/actions";
import { viewOf } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { toasts } from "../state/toasts";
import { shortTime } from "../thread/times";

const charsShown = 200;

export default function DeletedMessages({ chat }: { chat: string }) {
  const { trash, failure, without: takeOut } = useTrash(chat);
  const lines = useRef<HTMLUListElement>(null);
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const messages = trash?.messages ?? [];
  const ids = (messages: readonly Message[]) => messages.map((message) => message.id);
  // Who uses the keyboard goes on with the line that comes to stand there.
  function without(gone: readonly string[]) {
    const at = messages.findIndex((message) => gone.includes(message.id));
    flushSync(() => takeOut(gone));
    const buttons = lines.current?.querySelectorAll<HTMLElement>("li > button:first-of-type") ?? [];
    (buttons[Math.min(at, buttons.length - 1)] ?? lines.current?.closest<HTMLElement>("[role=dialog]")?.querySelector("button"))?.focus();
  }
  function restore(wanted: readonly Message[]) {
    without(ids(wanted));
    viewOf(chat)
      .restore(ids(wanted))
      .then(() => toasts.show({ text: wanted.length === 1 ? "Restored." : `${wanted.length} messages restored.` }), failed);
  }
  function erase(wanted: readonly string[]) {
    setAsked(null);
    without(wanted);
    viewOf(chat)
      .removeForever(wanted)
      .then(() => toasts.show({ text: "Deleted for ever." }), failed);
  }
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Deleted messages" description="They stay here for 30 days." className="max-w-2xl">
      <ul ref={lines} aria-label="Deleted messages" className="max-h-[50dvh] min-h-24 overflow-y-auto px-6 pt-2 pb-4">
        {messages.length === 0 && <li className="py-4 text-small text-faint">{failure || (trash ? "No message of this conversation is in the trash." : "Reading…")}</li>}
        {messages.map((message) => (
          <Line key={message.id} message={message} isAsked={asked?.includes(message.id) ?? false} onRestore={() => restore([message])} onErase={() => setAsked([message.id])} />
        ))}
      </ul>
      {trash && !trash.isWhole && <p className="px-6 pb-4 text-small text-waiting">The server cannot be reached: there may be more.</p>}
      {asked ? (
        <div role="alertdialog" aria-label="Delete for ever?" className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-6 py-4">
          <p className="min-w-60 grow basis-0 text-small">
            {asked.length === 1 ? "Its words are" : `The words of ${asked.length} messages are`} erased from the server and from your devices. This cannot be undone.
          </p>
          <Button autoFocus onClick={() => setAsked(null)}>
            Keep {asked.length === 1 ? "it" : "them"}
          </Button>
          <Button look="danger" icon="trash" onClick={() => erase(asked)}>
            Delete for ever
          </Button>
        </div>
      ) : (
        messages.length > 1 && (
          <div className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-4">
            <Button icon="restore" onClick={() => restore(messages)}>
              Restore all
            </Button>
            <Button look="danger" icon="trash" onClick={() => setAsked(ids(messages))}>
              Delete all for ever
            </Button>
          </div>
        )
      )}
    </Dialog>
  );
}

interface LineProps {
  message: Message;
  /** Whether it shall be erased is being asked. */
  isAsked: boolean;
  onRestore: () => void;
  onErase: () => void;
}

function Line({ message, isAsked, onRestore, onErase }: LineProps) {
  return (
    <li className={classes("-mx-3 flex items-center gap-1 border-b border-line px-3 py-2.5 last:border-b-0", isAsked && "bg-failed-ground")}>
      <div className="min-w-0 grow pe-2">
        <p className="line-clamp-2 text-list wrap-anywhere" dir="auto">
          {shortOf(message)}
        </p>
        <p className="mt-0.5 text-small text-faint">
          {message.role === "user" ? "Question" : "Answer"}, deleted {shortTime(message.deletedAt ?? 0, Date.now())}
        </p>
      </div>
      <Button look="quiet" icon="restore" className="shrink-0 max-md:[&>svg]:hidden" onClick={onRestore}>
        Restore
      </Button>
      <IconButton icon="trash" label="Delete for ever" onClick={onErase} />
    </li>
  );
}

function shortOf(message: Message): string {
  return textOf(message).trim().replace(/\s+/g, " ").slice(0, charsShown) || "A message without text";
}

/** Null while it is being read. `without` takes some out of what is shown. */
function useTrash(chat: string) {
  const [trash, setTrash] = useState<Trash | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    viewOf(chat)
      .readTrash(abort.signal)
      .then(setTrash, (error: unknown) => !abort.signal.aborted && setFailure(explain(error)));
    return () => abort.abort();
  }, [chat]);
  const without = (ids: readonly string[]) =>
    setTrash((now) => now && { ...now, messages: now.messages.filter((message) => !ids.includes(message.id)) });
  return { trash, failure, without };
}
