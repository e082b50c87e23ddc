import { useEffect, useRef, useSyncExternalStore } from "react";
import { focusComposer, hasNoFocus } from "../../state/focus";
import { toasts, type Toast } from "../../state/toasts";
import { classes } from "./classes";
import { Icon } from "./icon";

/** What was just done, with a way back: one at a time, the newest. Waits while it is pointed at or focused. */
export function Toasts({ hasSide }: { hasSide: boolean }) {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.snapshot);
  const newest = shown.at(-1);
  const from = useRef<EventTarget>(null);
  useEffect(() => {
    if (!from.current || !hasNoFocus()) return;
    if (from.current instanceof HTMLElement && from.current.isConnected) from.current.focus({ preventScroll: true });
    else focusComposer();
    from.current = null;
  }, [shown]);
  return (
    <section
      aria-label="Messages"
      onFocus={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget as Node)) from.current = relatedTarget;
      }}
      onBlur={({ relatedTarget }) => relatedTarget && !(relatedTarget as Element).closest("[data-toasts]") && (from.current = null)}
      // Over the foot of the side bar; where that is not beside the conversation, over the title: never over what is read.
      className={classes(
        "pointer-events-none fixed z-50 flex justify-center",
        hasSide ? "bottom-14 left-2 w-[calc(var(--side-width,18rem)-1rem)] max-w-[calc(45vw-1rem)]" : "inset-x-2 top-[max(4px,env(safe-area-inset-top))]",
      )}
    >
      {/* The live region stays within reach while a dialog or the drawer is open. */}
      <div role="status" aria-live="polite" data-toasts className="contents">
        {newest && <ToastView key={newest.id} toast={newest} />}
      </div>
    </section>
  );
}

function ToastView({ toast }: { toast: Toast }) {
  const held = useRef(false);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!held.current) toasts.expire(Date.now());
    }, 250);
    return () => clearInterval(timer);
  }, [toast]);
  const hold = () => (held.current = true);
  const release = () => (held.current = false);
  return (
    <div
      className="rise pointer-events-auto flex max-w-full items-center gap-1 rounded-xl bg-ink py-1 ps-4 pe-1 text-small text-ground shadow-raised"
      onMouseEnter={hold}
      onMouseLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      <span className="min-w-0 grow py-1.5 wrap-anywhere">
        {toast.title && (
          <span className="line-clamp-2 font-semibold" dir="auto">
            {toast.title}
          </span>
        )}
        {toast.text}
      </span>
      {toast.action && (
        <button
          type="button"
          className="target ms-1 h-8 shrink-0 rounded-lg px-3 font-semibold underline underline-offset-4 focus-visible:outline-ground"
          onClick={() => {
            toast.action?.run();
            toasts.dismiss(toast.id);
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label="Dismiss"
        className="target inline-flex size-8 shrink-0 items-center justify-center rounded-lg opacity-75 hover:opacity-100 focus-visible:outline-ground"
        onClick={() => toasts.dismiss(toast.id)}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
