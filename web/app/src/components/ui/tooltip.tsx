// Tooltips: one for the whole page. A page has a hundred controls that explain themselves; a component around each of
// them was half of what the first picture cost.
import { cloneElement, useEffect, useLayoutEffect, useRef, useState, type ReactElement } from "react";

/** Shows `text` while a mouse rests on the child, or the keyboard is on it. The child takes attributes. */
export function Tooltip({ text, children }: { text: string; children: ReactElement<{ "data-tip"?: string }> }) {
  return cloneElement(children, { "data-tip": text });
}

const restMs = 500;
/** From one control to the next within this time, the wait is left out. */
const goingOnMs = 300;
/** Between the control and the tooltip, and to the edge of the window, in pixels. */
const gap = 6;
const edge = 8;

/** Where the tooltip is drawn; once in the page. Escape puts it away and still does what else it does. */
export function TooltipLayer() {
  const [owner, setOwner] = useState<Element | null>(null);
  useEffect(() => follow(setOwner), []);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (owner && box.current) place(box.current, owner.getBoundingClientRect());
  }, [owner]);
  const text = owner?.getAttribute("data-tip");
  if (!text) return null;
  return (
    <div
      ref={box}
      role="tooltip"
      className="appear pointer-events-none fixed top-0 left-0 z-50 w-max max-w-72 rounded-md bg-ink px-2 py-1 text-small text-ground"
    >
      {text}
    </div>
  );
}

/** Tells whose tooltip is to be shown, until the function that it returns is called. */
function follow(show: (owner: Element | null) => void): () => void {
  let shown: Element | null = null;
  let over: Element | null = null;
  let hiddenAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function set(next: Element | null) {
    clearTimeout(timer);
    if (shown === next) return;
    if (shown) hiddenAt = performance.now();
    shown = next?.isConnected ? next : null;
    removals.disconnect();
    if (shown) removals.observe(document.body, { childList: true, subtree: true });
    show(shown);
  }
  // A control that is taken out of the page tells nobody.
  const removals = new MutationObserver(() => shown && !shown.isConnected && set(null));

  function onOver(event: PointerEvent) {
    if (event.pointerType !== "mouse") return;
    const next = ownerOf(event.target);
    if (next === over) return;
    over = next;
    const isGoingOn = shown !== null || performance.now() - hiddenAt < goingOnMs;
    set(null);
    if (next) timer = setTimeout(() => set(next), isGoingOn ? 0 : restMs);
  }
  function onFocus(event: FocusEvent) {
    const { target } = event;
    set(target instanceof Element && target.matches(":focus-visible") ? ownerOf(target) : null);
  }
  const hide = () => set(null);
  const onKey = (event: KeyboardEvent) => event.key === "Escape" && hide();
  const listening = new AbortController();
  const capture = { capture: true, passive: true, signal: listening.signal };
  document.addEventListener("pointerover", onOver, capture);
  document.addEventListener("focusin", onFocus, capture);
  document.addEventListener("focusout", hide, capture);
  document.addEventListener("pointerdown", hide, capture);
  document.addEventListener("keydown", onKey, capture);
  document.addEventListener("scroll", hide, capture);
  return () => {
    clearTimeout(timer);
    removals.disconnect();
    listening.abort();
  };
}

function ownerOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("[data-tip]") : null;
}

/** Above its control, or below where there is no room, and inside the window. */
function place(box: HTMLElement, control: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = box;
  const above = control.top - gap - height;
  const top = above >= edge ? above : control.bottom + gap;
  const left = Math.min(Math.max(edge, control.left + (control.width - width) / 2), innerWidth - edge - width);
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
