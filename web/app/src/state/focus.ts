// Where the keyboard is, and where it goes on when what had it is taken out of the page.
import { useEffect, type RefObject } from "react";

/** What had the focus before the field that stands in for one that is still being loaded took it. */
let standInOpener: Element | null = null;

/** The function that it returns gives the focus back, unless something else has taken it. */
export function standIn(field: HTMLElement): () => void {
  standInOpener = focusHolder();
  field.focus();
  const opener = standInOpener;
  return () => {
    if (hasNoFocus() && opener instanceof HTMLElement) opener.focus({ preventScroll: true });
  };
}

/** What has the focus. In an open menu: the button that opened it, for the menu goes and the button stays. */
export function focusHolder(): Element | null {
  if (document.activeElement?.matches("[data-stand-in]")) return standInOpener;
  const opener = document.activeElement?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return opener ? document.getElementById(opener) : document.activeElement;
}

export function hasNoFocus(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** To the conversation in the list that the tab key would reach; where there is none, to the first button of the side bar. */
export function focusList(): void {
  const stop = document.querySelector<HTMLElement>('[data-list] :is([data-conversation], [data-place])[tabindex="0"]');
  const rows = document.querySelector<HTMLElement>("[data-list]:has([data-key]) > [tabindex]");
  (stop ?? rows ?? document.querySelector<HTMLElement>("[data-side] button:enabled"))?.focus();
}

export function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
}

/** Calls `onLost` when the focus was in this part of the page, and what had it is gone. */
export function useLostFocus(part: RefObject<HTMLElement | null>, onLost: () => void): void {
  useEffect(() => {
    const element = part.current;
    if (!element) return;
    let isIn = element.contains(focusHolder());
    const enter = () => (isIn = element.contains(focusHolder()));
    const leave = ({ target, relatedTarget }: FocusEvent) => {
      // A browser may say this of what is being removed, too: that is not a leaving.
      if (relatedTarget === null) queueMicrotask(() => (target as Element).isConnected && hasNoFocus() && (isIn = false));
    };
    const observer = new MutationObserver(() => {
      if (!isIn || !hasNoFocus()) return;
      isIn = false;
      onLost();
    });
    observer.observe(element, { childList: true, subtree: true });
    document.addEventListener("focusin", enter);
    document.addEventListener("focusout", leave);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", enter);
      document.removeEventListener("focusout", leave);
    };
  }, [part, onLost]);
}
