// What was being written in conversations that are gone: another device has deleted them for ever.
import { useEffect, useState } from "react";
import { isId, newConversationKey } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { copyText } from "../components/ui/copy-button";
import { startNew } from "../state/actions";
import { client, drafts, list } from "../state/app-state";
import { focusComposer } from "../state/focus";
import { useObservable } from "../state/hooks";
import { toasts, undoLabel } from "../state/toasts";
import { wholeOf } from "./writing";

const shownChars = 600;

/** Offers them for a new conversation. `onTake` puts the text into the field that is shown; without it one is opened. */
export function LeftDrafts({ onTake }: { onTake?: (text: string) => void }) {
  const { isBehind } = useObservable(client.connection);
  const [left, setLeft] = useState<readonly string[]>([]);
  useEffect(() => {
    let isWanted = true;
    // Until the device has all conversations, one that it does not know may still come.
    if (!isBehind) void leftConversations().then((ids) => isWanted && setLeft(ids));
    return () => {
      isWanted = false;
    };
  }, [isBehind]);
  const [id] = left;
  if (id === undefined) return null;
  const text = textOf(id);
  const drop = () => {
    forget(id);
    setLeft(left.slice(1));
  };
  function take() {
    drop();
    if (onTake) return onTake(text);
    drafts.keepDraft(newConversationKey, [text, drafts.draft(newConversationKey)].filter((one) => one !== "").join("\n\n"));
    startNew();
    requestAnimationFrame(focusComposer);
  }
  function throwAway() {
    drop();
    const back = () => {
      drafts.keepDraft(id!, text);
      setLeft((now) => [id!, ...now]);
    };
    toasts.show({ text: "Thrown away.", action: { label: undoLabel, run: back } });
  }
  return (
    <section aria-label="A draft of a deleted conversation" className="mx-auto w-full max-w-[40rem] rounded-2xl bg-waiting-ground px-4 py-3 text-start text-small">
      <p>
        <span className="font-semibold text-waiting">Your words are kept.</span> The conversation that you wrote this in was deleted on another device.
      </p>
      <p dir="auto" className="mt-2 line-clamp-4 border-s-2 border-line-strong ps-3 text-soft wrap-anywhere whitespace-pre-line">
        {text.slice(0, shownChars)}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button icon="edit" onClick={take}>
          Write it in a new conversation
        </Button>
        <Button look="quiet" icon="copy" onClick={() => void copyText(text).then((ok) => ok && toasts.show({ text: "Copied." }))}>
          Copy
        </Button>
        <Button look="quiet" icon="trash" onClick={throwAway}>
          Throw it away
        </Button>
      </div>
    </section>
  );
}

/** Those with a draft that neither the list nor the device knows any more. */
async function leftConversations(): Promise<string[]> {
  const left: string[] = [];
  for (const id of drafts.conversations()) {
    if (isId(id) && !list.get(id) && textOf(id).trim() !== "" && (await client.held(id)) === null) left.push(id);
  }
  return left;
}

function textOf(id: string): string {
  return wholeOf({ text: drafts.draft(id), pasted: drafts.pasted(id).map((piece, at) => ({ ...piece, id: at, bytes: 0 })) });
}

function forget(id: string): void {
  drafts.keepDraft(id, "");
  drafts.keepPasted(id, []);
}
