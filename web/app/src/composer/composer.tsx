import { ComposerPrimitive, useAui, useAuiState } from "@assistant-ui/react";
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type RefObject } from "react";
import { newConversationKey } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { Tooltip } from "../components/ui/tooltip";
import { drafts, models } from "../state/app-state";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { useMedia, useObservable, useView, useViewSnapshot } from "../state/hooks";

const round = "target inline-flex size-9 shrink-0 items-center justify-center rounded-full transition-colors duration-100";

/** Where a message is written. What is in it is kept on this device until it is sent. */
export function Composer({ isNew }: { isNew: boolean }) {
  const view = useView();
  const aui = useAui();
  const { isRunning } = useViewSnapshot();
  const input = useRef<HTMLTextAreaElement>(null);
  const canFocus = useMedia("(pointer: fine)");
  useDraft(isNew ? newConversationKey : view.id);
  useEffect(() => {
    const isElsewhere = document.activeElement?.closest("[data-conversation], [role=dialog]");
    if (canFocus && !isElsewhere) input.current?.focus({ preventScroll: true });
  }, [view, canFocus]);

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isComposing(event.nativeEvent)) return leaveToInputMethod(event);
    const isEmpty = event.currentTarget.value === "";
    if (event.key === "Enter" && !event.shiftKey && (isRunning || isEmpty || models.snapshot().away.length > 0)) event.preventDefault();
    if (event.key === "ArrowUp" && isEmpty && !isRunning && editLastQuestion(aui)) event.preventDefault();
  }

  return (
    <div className="shrink-0 pb-[max(12px,env(safe-area-inset-bottom))] md:pb-4">
      <div className="mx-auto w-full max-w-[49rem] px-6 max-md:px-3">
        <ModelAway />
        <ComposerPrimitive.Root className="flex items-end gap-1 rounded-3xl border border-line-strong bg-raised p-1.5 ps-2 focus-within:border-accent">
          <ComposerPrimitive.Input
            ref={input}
            data-composer
            dir="auto"
            rows={1}
            placeholder="Write a message…"
            aria-label="Message"
            unstable_insertNewlineOnTouchEnter
            onKeyDown={onKeyDown}
            className="max-h-[40dvh] min-w-0 grow resize-none bg-transparent px-2.5 py-1.5 leading-6 outline-none placeholder:text-faint max-md:py-2.5"
          />
          {isRunning ? (
            <Tooltip text="Stop (Esc)">
              <ComposerPrimitive.Cancel
                className={`${round} bg-ink text-ground hover:bg-soft`}
                aria-label="Stop the answer"
                onClick={() => input.current?.focus({ preventScroll: true })}
              >
                <Icon name="stop" />
              </ComposerPrimitive.Cancel>
            </Tooltip>
          ) : (
            <ComposerPrimitive.Send
              className={`${round} bg-accent text-on-accent hover:bg-accent-hover disabled:bg-surface disabled:text-faint`}
              aria-label="Send"
            >
              <Icon name="send" />
            </ComposerPrimitive.Send>
          )}
        </ComposerPrimitive.Root>
      </div>
    </div>
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
        <span className="font-semibold text-waiting">{names} does not answer now.</span> Wait for it, or choose another model above; nobody else is asked by itself.
      </p>
      <Button look="quiet" icon="again" onClick={() => void models.load()}>
        Look again
      </Button>
    </div>
  );
}

/** Another tab's text comes in at its pauses, and not while one types here. */
const followMs = 300;
const typingMs = 2000;

/** Puts the kept draft into the composer, keeps every change of it, and takes over what is written in another tab. */
function useDraft(key: string): void {
  const aui = useAui();
  const text = useAuiState((state) => state.thread.composer.text);
  const keptKey = useRef<string | null>(null);
  /** What this tab and the others know as the draft. */
  const known = useRef("");
  const typedAt = useRef(0);
  useLayoutEffect(() => {
    if (keptKey.current === null) {
      const draft = drafts.draft(key);
      known.current = draft;
      if (draft && !text) aui.thread.composer().setText(draft);
      keptKey.current = key;
      if (draft) return;
    }
    if (text !== known.current) {
      typedAt.current = Date.now();
      // What was sent from here takes away the draft that it was, not one that was written elsewhere meanwhile.
      if (text !== "" || drafts.draft(keptKey.current) === known.current) drafts.keepDraft(keptKey.current, text);
      known.current = text;
    }
    if (keptKey.current !== key && text === "") keptKey.current = key;
  }, [aui, key, text]);
  useEffect(() => followOthers(aui, key, known, typedAt), [aui, key]);
}

/** Only a text that the other tab had seen gives way to what was made of it there. */
function followOthers(aui: ReturnType<typeof useAui>, key: string, known: RefObject<string>, typedAt: RefObject<number>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let seen = "";
  const take = () => {
    timer = undefined;
    const composer = aui.thread.composer();
    const written = drafts.draft(key);
    if (composer.getState().text !== seen || seen === written) return;
    known.current = written;
    composer.setText(written);
  };
  const stop = drafts.followDraft(key, (before) => {
    if (timer !== undefined) return;
    seen = before;
    timer = setTimeout(take, Math.max(followMs, typedAt.current + typingMs - Date.now()));
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Opens the last question for editing; false when there is none in view. */
function editLastQuestion(aui: ReturnType<typeof useAui>): boolean {
  const { messages } = aui.thread.getState();
  const last = messages.findLast((message) => message.role === "user");
  if (!last) return false;
  aui.thread.message({ id: last.id }).composer().beginEdit();
  return true;
}
