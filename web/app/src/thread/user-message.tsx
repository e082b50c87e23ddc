import { ActionBarPrimitive, MessagePrimitive, useAui } from "@assistant-ui/react";
import { useLayoutEffect, useRef, useState } from "react";
import { filesIn, stateOf, textOf, type MessageState } from "@threadkeep/client";
import { BlockView } from "../blocks/block-view";
import { sizeOf } from "../files/size";
import { classes } from "../components/ui/classes";
import { LongText } from "../markdown/long-text";
import { adding } from "../files/attaching";
import { Button, IconButton } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";
import { MessageField } from "../composer/message-field";
import { bytesOf, messageBytesMax, wholeOf, Writing } from "../composer/writing";
import { client, models } from "../state/app-state";
import { focusComposer, focusHolder } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { BranchPicker } from "./branch-picker";
import { FailedMessage } from "./failed-message";
import { MessageMenu } from "./message-actions";
import { MessageTime } from "./message-time";
import { barClass, rowClass } from "./layout";
import { useRow } from "./use-row";

/** Texts beyond this many characters are shown folded. */
const foldedCharsMin = 1800;
/** More than what fits into the lines that are shown. */
const foldedCharsShown = 6000;

export function UserMessage() {
  const row = useRow();
  const { content } = row.message;
  const state = stateOf(row);
  const others = content.filter((block) => block.type !== "text");
  return (
    <MessagePrimitive.Root className={classes(rowClass, "pb-1!")} asChild>
      <article aria-label={state === "failed" ? "Question that was not sent" : "Question"}>
        <h2 className="sr-only">You asked</h2>
        <div className="flex flex-col items-end">
          {others.length > 0 && (
            <div className="mb-1 flex max-w-[85%] flex-wrap items-end justify-end gap-1.5 max-md:max-w-[92%]">
              {others.map((block, index) => (
                <BlockView key={index} block={block} isGrowing={false} results={noResults} />
              ))}
            </div>
          )}
          <QuestionText text={textOf(row.message)} state={state} />
          <div className={classes(barClass(state !== "server"), "-me-1.5", state === "failed" && "hidden")}>
            <MessageTime row={row} />
            <CopyButton text={() => textOf(row.message)} label="Copy" />
            {state === "server" && (
              <ActionBarPrimitive.Edit asChild>
                <IconButton icon="edit" label="Edit and ask again" size="small" data-edit="" />
              </ActionBarPrimitive.Edit>
            )}
            <BranchPicker row={row} />
            <MessageMenu row={row} />
          </div>
          {state === "failed" && <FailedMessage row={row} />}
        </div>
      </article>
    </MessagePrimitive.Root>
  );
}

const noResults = new Map<string, never>();

/** What is not on the server has a frame of dashes instead of a ground. */
const grounds: Record<MessageState, string> = {
  server: "border-transparent bg-surface",
  device: "border-dashed border-line-strong",
  failed: "border-dashed border-failed",
};

function QuestionText({ text, state }: { text: string; state: MessageState }) {
  const isLong = text.length > foldedCharsMin || text.split("\n", 25).length === 25;
  const [isFolded, setFolded] = useState(true);
  if (!text) return null;
  return (
    <div className={classes("max-w-[85%] rounded-2xl border px-4 py-2.5 max-md:max-w-[92%]", grounds[state])}>
      <div
        dir="auto"
        className="leading-[1.5] wrap-anywhere whitespace-pre-wrap data-folded:line-clamp-[12]"
        data-folded={isLong && isFolded ? "" : undefined}
      >
        <LongText text={isLong && isFolded ? text.slice(0, foldedCharsShown) : text} />
      </div>
      {isLong && (
        <button
          type="button"
          className="target mt-1 text-small font-medium text-accent hover:text-accent-hover"
          aria-expanded={!isFolded}
          onClick={() => setFolded(!isFolded)}
        >
          {isFolded ? "Show all of it" : "Show less"}
        </button>
      )}
    </div>
  );
}

/** In place of the question while it is edited. Sending makes a sibling; nothing is overwritten. */
export function EditQuestion() {
  const { message } = useRow();
  const view = useView();
  const aui = useAui();
  const { isRunning } = useViewSnapshot();
  const isOld = useObservable(client.connection).reload === "old-tab";
  const isAway = useObservable(models).away.length > 0;
  const { box, onSent } = useReturnFocus(message.id);
  const [writing] = useState(() => {
    const made = new Writing(null);
    made.putBack(textOf(message), filesIn(message.content));
    return made;
  });
  const written = useObservable(writing);
  const isTooLong = bytesOf(written) > messageBytesMax;
  const isAdding = useObservable(adding) > 0;
  const canSend = (wholeOf(written) !== "" || written.files.length > 0) && !isAdding && !isTooLong && !isRunning && !isOld && !isAway;
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => field.current?.setSelectionRange(field.current.value.length, field.current.value.length), []);
  const end = () => aui.thread.message({ id: message.id }).composer().cancel();
  function send() {
    if (!canSend) return;
    onSent();
    void view.edit(message.id, wholeOf(written), models.forAsking(), written.files);
    end();
  }
  return (
    <MessagePrimitive.Root className={rowClass}>
      <form
        ref={box}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
        className="rounded-2xl border border-accent bg-ground p-2"
      >
        <MessageField
          writing={writing}
          autoFocus
          field={field}
          aria-label="Edit the question"
          onEnter={send}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            end();
          }}
          className="max-h-[50dvh] w-full resize-none bg-transparent px-2 py-1 leading-[1.5] outline-none"
        />
        {isTooLong && <p className="px-2 text-small text-failed" role="alert">Longer than {sizeOf(messageBytesMax)}: one message holds no more.</p>}
        <div className="flex items-center gap-2 pt-1">
          <span className="grow ps-2 text-small text-faint max-md:hidden">The question as it was stays, one step away.</span>
          <Button look="quiet" className="max-md:ms-auto" onClick={end}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={!canSend}>
            Ask
          </Button>
        </div>
      </form>
    </MessagePrimitive.Root>
  );
}

/** Afterwards the focus is where it came from: at the button that began it, or at the message field; after asking always there. */
function useReturnFocus(messageId: string) {
  const box = useRef<HTMLFormElement>(null);
  const [isFromField] = useState(() => focusHolder()?.matches("[data-composer]") ?? false);
  const isSent = useRef(false);
  useLayoutEffect(
    () => () => {
      if (!box.current?.contains(document.activeElement)) return;
      requestAnimationFrame(() => {
        const button = document.querySelector<HTMLElement>(`[data-message="${messageId}"] [data-edit]`);
        if (isFromField || isSent.current || !button) focusComposer();
        else button.focus({ preventScroll: true });
      });
    },
    [messageId],
  );
  return { box, onSent: () => void (isSent.current = true) };
}
