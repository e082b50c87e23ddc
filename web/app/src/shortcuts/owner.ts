// Who a key press is for. One owner at a time: what is open takes the keys, then what is being written in, then the list. Nobody else acts on them.

export type KeyOwner =
  /** An input method is at work: its keys are nobody else's. */
  | "composing"
  | "dialog"
  | "menu"
  | "field"
  /** The side bar: the list of conversations, and what is done with the selected ones. */
  | "list"
  | "page";

/** Safari ends a composition before it sends the key that confirmed it; that key then has this code. */
const composingKeyCode = 229;

export function isComposing(event: { isComposing: boolean; keyCode: number }): boolean {
  return event.isComposing || event.keyCode === composingKeyCode;
}

/** The key has done its work: in a field that takes Enter for itself, it does nothing more. */
export function leaveToInputMethod(event: { key: string; nativeEvent: { isComposing: boolean }; preventDefault: () => void }): void {
  if (event.key === "Enter" && !event.nativeEvent.isComposing) event.preventDefault();
}

/** `isDialogOpen`: one is open, also while its part of the page is still being loaded. */
export function ownerOf(event: KeyboardEvent, isDialogOpen: boolean): KeyOwner {
  if (isComposing(event)) return "composing";
  if (isDialogOpen) return "dialog";
  const target = event.target instanceof Element ? event.target : null;
  if (document.querySelector("[role=menu]")) return "menu";
  if (target?.closest("[role=dialog]:not([data-drawer])")) return "dialog";
  if (isWriting(target)) return "field";
  return target?.closest("[data-side]") ? "list" : "page";
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
