import { useAui } from "@assistant-ui/react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { newConversationKey } from "@threadkeep/client";
import { sizeOf } from "../files/size";
import { Button, IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { Tooltip } from "../components/ui/tooltip";
import { DuetPlace } from "../duet/duet-place";
import { failed } from "../state/actions";
import { client, models } from "../state/app-state";
import { useMedia, useObservable, useView, useViewSnapshot } from "../state/hooks";
import { adding, attach } from "../files/attaching";
import { KeysButton } from "../status/keys-button";
import { DropPlace } from "./drop-place";
import { FullnessPlace } from "./fullness-place";
import { MessageField } from "./message-field";
import { ModelSelector } from "./model-selector";
import { editQueued, Queue } from "./queue";
import { bytesOf, isNothing, messageBytesMax, wholeOf, writingOf, type Writing, type Written } from "./writing";

const round = "target inline-flex size-9 shrink-0 items-center justify-center rounded-full transition-colors duration-100";

interface ComposerProps {
  isNew: boolean;
  /** Called after the first message of a new conversation was handed over. */
  onSent: () => void;
}

/** Where a message is written. What is in it is kept on this device until it is sent. */
export function Composer({ isNew, onSent }: ComposerProps) {
  const view = useView();
  const aui = useAui();
  const writing = writingOf(view);
  const written = useObservable(writing);
  const { isRunning, queued } = useViewSnapshot();
  const isOld = useObservable(client.connection).reload === "old-tab";
  const isAway = useObservable(models).away.length > 0;
  const input = useRef<HTMLTextAreaElement>(null);
  const canFocus = useMedia("(pointer: fine)");
  useEffect(() => writing.keepUnder(isNew ? newConversationKey : view.id), [writing, view, isNew]);
  useEffect(() => {
    const isElsewhere = document.activeElement?.closest("[data-conversation], [role=dialog]");
    if (canFocus && !isElsewhere) input.current?.focus({ preventScroll: true });
  }, [view, canFocus]);
  const isEmpty = isNothing(written);
  const isAdding = useObservable(adding) > 0;
  const isTooLong = bytesOf(written) > messageBytesMax;
  const canSend = !isEmpty && !isAdding && !isTooLong && !isOld && !isAway;

  function send() {
    if (!canSend) return;
    const now = writing.snapshot();
    writing.clear();
    const [text, asked] = [wholeOf(now), models.forAsking()];
    void (now.files.length > 0 ? view.send(text, asked, now.files) : view.send(text, asked));
    onSent();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== "ArrowUp" || !isEmpty || written.text !== "") return;
    const last = queued.at(-1);
    if (last) void editQueued(last, writing).catch(failed);
    else if (isRunning || !editLastQuestion(aui)) return;
    event.preventDefault();
  }

  return (
    <div className="relative shrink-0 pb-[max(12px,env(safe-area-inset-bottom))] md:pb-4">
      <DropPlace writing={writing} />
      {/* The last line that is seen fades away instead of being cut. */}
      <div aria-hidden="true" className="pointer-events-none absolute inset-x-0 -top-4 h-4 bg-linear-to-t from-ground to-transparent max-md:end-0 md:end-3" />
      <div className="mx-auto w-full max-w-[49rem] px-6 max-md:px-3">
        <ModelAway />
        <DuetPlace />
        <Queue />
        {isTooLong && <TooLong written={written} />}
        <form
          className="rounded-3xl border border-line-strong bg-raised p-1.5 focus-within:border-accent"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <MessageField
            writing={writing}
            field={input}
            data-composer
            placeholder="Write a message…"
            aria-label="Message"
            onEnter={send}
            onKeyDown={onKeyDown}
            className="max-h-[40dvh] w-full min-w-0 resize-none bg-transparent px-3 pt-2 pb-1 leading-6 outline-none placeholder:text-faint max-md:pt-3 max-md:pb-2"
          />
          <div className="flex items-center gap-1">
            <AttachButton writing={writing} />
            <ModelSelector view={view} isNew={isNew} />
            <span className="grow" />
            <FullnessPlace />
            {isRunning && (
              <Tooltip text="Stop (Esc)">
                <button
                  type="button"
                  className={`${round} bg-ink text-ground hover:bg-soft`}
                  aria-label="Stop the answer"
                  onClick={() => {
                    input.current?.focus({ preventScroll: true });
                    void view.stop();
                  }}
                >
                  <Icon name="stop" />
                </button>
              </Tooltip>
            )}
            {(!isRunning || !isEmpty) && (
              <button
                type="submit"
                disabled={!canSend}
                className={`${round} bg-accent text-on-accent hover:bg-accent-hover disabled:bg-surface-strong disabled:text-soft`}
                aria-label={isRunning ? "Send after this answer" : "Send"}
              >
                <Icon name="send" />
              </button>
            )}
          </div>
        </form>
      </div>
    </div>
  );
}

function AttachButton({ writing }: { writing: Writing }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden="true"
        tabIndex={-1}
        data-attach=""
        onChange={({ target }) => {
          void attach([...(target.files ?? [])], writing);
          target.value = "";
        }}
      />
      <IconButton icon="attach" label="Attach files" onClick={() => input.current?.click()} />
    </>
  );
}

/** Said before it is sent, in what a person counts in. */
function TooLong({ written }: { written: Written }) {
  return (
    <p role="alert" className="mb-2 rounded-xl bg-failed-ground px-4 py-2 text-small">
      <span className="font-semibold text-failed">Longer than {sizeOf(messageBytesMax)}.</span> These are {sizeOf(bytesOf(written))}, and one message holds{" "}
      {sizeOf(messageBytesMax)} at most. Take something out, or send it in parts.
    </p>
  );
}

/** Why nothing can be sent: nobody else is asked in the place of a model that is away. */
function ModelAway() {
  const { away } = useObservable(models);
  if (away.length === 0) return null;
  const names = away.map((id) => models.nameOf(id)).join(", ");
  return (
    <div role="status" className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl bg-waiting-ground px-4 py-2 text-small">
      <p className="min-w-[min(12rem,100%)] flex-1">
        <span className="font-semibold text-waiting">{names} does not answer now.</span> Wait for it, or choose another model below; nobody else is asked by itself.
      </p>
      <Button look="quiet" icon="again" onClick={() => void models.load()}>
        Look again
      </Button>
      <KeysButton />
    </div>
  );
}

/** Opens the last question for editing; false when there is none in view. */
function editLastQuestion(aui: ReturnType<typeof useAui>): boolean {
  const { messages } = aui.thread.getState();
  const last = messages.findLast((message) => message.role === "user");
  if (!last) return false;
  aui.thread.message({ id: last.id }).composer().beginEdit();
  return true;
}
