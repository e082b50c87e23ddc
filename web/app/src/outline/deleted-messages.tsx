// The trash of the open conversation: its messages that were deleted alone, to bring back, or to erase.
import { explain, textOf, type Message, type Trash } from "@threadkeep/client";
import { useEffect, useState } from "react";
import { Button, IconButton } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { Icon } from "../components/ui/icon";
import { failed } from "../state/actions";
import { viewOf } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { toasts } from "../state/toasts";

const charsShown = 200;

export default function DeletedMessages({ chat }: { chat: string }) {
  const { trash, failure, without } = useTrash(chat);
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const ids = (messages: readonly Message[]) => messages.map((message) => message.id);
  function restore(messages: readonly Message[]) {
    without(ids(messages));
    viewOf(chat)
      .restore(ids(messages))
      .then(() => toasts.show({ text: messages.length === 1 ? "Restored." : `${messages.length} messages restored.` }), failed);
  }
  function erase(wanted: readonly string[]) {
    setAsked(null);
    without(wanted);
    viewOf(chat)
      .removeForever(wanted)
      .then(() => toasts.show({ text: "Deleted for ever." }), failed);
  }
  const messages = trash?.messages ?? [];
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Deleted messages" description="They stay here for 30 days." className="max-w-2xl">
      <ul aria-label="Deleted messages" className="max-h-[50dvh] min-h-24 overflow-y-auto px-3 pt-2 pb-3">
        {messages.length === 0 && <li className="px-3 py-4 text-small text-faint">{failure || (trash ? "No message of this conversation is in the trash." : "Reading…")}</li>}
        {messages.map((message) => (
          <li key={message.id} className="flex min-h-11 items-center gap-2.5 rounded-lg px-3 text-small">
            <Icon name={message.role === "user" ? "chat" : "trash"} size={16} className="shrink-0 text-faint" />
            <span className="min-w-0 grow truncate" dir="auto">
              {shortOf(message)}
            </span>
            <Button look="quiet" onClick={() => restore([message])}>
              Restore
            </Button>
            <IconButton icon="trash" label="Delete for ever" size="small" onClick={() => setAsked([message.id])} />
          </li>
        ))}
      </ul>
      {trash && !trash.isWhole && <p className="px-6 pb-4 text-small text-waiting">The server cannot be reached: there may be more.</p>}
      {asked ? (
        <div role="alertdialog" aria-label="Delete for ever?" className="flex flex-wrap items-center justify-end gap-2 px-6 pb-6">
          <p className="grow text-small">{asked.length === 1 ? "Its words are" : `The words of ${asked.length} messages are`} erased from the server and from your devices. This cannot be undone.</p>
          <Button autoFocus onClick={() => setAsked(null)}>
            Keep {asked.length === 1 ? "it" : "them"}
          </Button>
          <Button look="danger" icon="trash" onClick={() => erase(asked)}>
            Delete for ever
          </Button>
        </div>
      ) : (
        messages.length > 1 && (
          <div className="flex justify-end gap-2 px-6 pb-6">
            <Button onClick={() => restore(messages)}>Restore all</Button>
            <Button look="danger" icon="trash" onClick={() => setAsked(ids(messages))}>
              Delete all for ever
            </Button>
          </div>
        )
      )}
    </Dialog>
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
