// Dialogs and drawers. The shade is our own element: Radix' overlay brings a scroll lock that adds style elements, which
// the page's content policy refuses; the page itself never scrolls, so there is nothing to lock.
import * as Radix from "@radix-ui/react-dialog";
import { useRef, type ReactNode } from "react";
import { focusComposer, focusHolder, focusList, hasNoFocus } from "../../state/focus";
import { IconButton } from "./button";
import { classes } from "./classes";
import { frameLook, shadeLook } from "./dialog-look";

/** Pressing the undo of a toast is no reason to close what is open. A finger's press is told of when the toast has gone already. */
function keepForToasts(event: { target: EventTarget | null; preventDefault: () => void }): void {
  const { target } = event;
  if (target instanceof Element && (!target.isConnected || target.closest("[data-toasts]"))) event.preventDefault();
}

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** For a title that stands elsewhere in the content. */
  isTitleHidden?: boolean;
  description?: string;
  className?: string;
  children: ReactNode;
}

/**
 * Focus goes back to where it was when the dialog opened, unless what was done has moved it on already. Where that is gone, it goes on in the same
 * part of the page.
 */
function useReturnFocus(isOpen: boolean): (event: Event) => void {
  const opener = useRef<{ element: Element | null; isInSide: boolean }>(null);
  if (isOpen && !opener.current) {
    const element = focusHolder();
    opener.current = { element, isInSide: element?.closest("[data-side]") != null };
  }
  return (event) => {
    event.preventDefault();
    const { element, isInSide } = opener.current ?? { element: null, isInSide: false };
    opener.current = null;
    if (!hasNoFocus()) return;
    if (element instanceof HTMLElement && element !== document.body && element.isConnected) element.focus({ preventScroll: true });
    else if (isInSide) focusList();
    else focusComposer();
  };
}

export function Dialog({ isOpen, onClose, title, isTitleHidden, description, className, children }: DialogProps) {
  const returnFocus = useReturnFocus(isOpen);
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className={shadeLook} aria-hidden="true" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          onCloseAutoFocus={returnFocus}
          onInteractOutside={keepForToasts}
          className={classes(frameLook, className ?? "max-w-lg")}
        >
          <div className={isTitleHidden ? "sr-only" : "flex items-start gap-2 ps-6 pe-3 pt-4 pb-1"}>
            <div className="grow pt-1">
              <Radix.Title className="text-large font-semibold">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-small text-soft">{description}</Radix.Description>
              )}
            </div>
            {!isTitleHidden && <IconButton icon="close" label="Close" tooltip={false} onClick={onClose} />}
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** From the left edge, for the side bar on narrow screens. */
export function Drawer({ isOpen, onClose, title, children }: DialogProps) {
  const returnFocus = useReturnFocus(isOpen);
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className="appear fixed inset-0 z-30 bg-shade" aria-hidden="true" />
        <Radix.Content
          data-drawer
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onCloseAutoFocus={returnFocus}
          onInteractOutside={keepForToasts}
          className="slide-in fixed inset-y-0 left-0 z-30 flex w-[min(20rem,86vw)] flex-col bg-side shadow-raised focus:outline-none"
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
