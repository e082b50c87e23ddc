// Menus. Not modal: the modal kind locks scrolling with a style element, which the content policy refuses. What a menu
// needs is made when it opens, and loaded when the page has been drawn: a list of conversations has one in every line.
import type * as Radix from "@radix-ui/react-menu";
import {
  cloneElement,
  useEffect,
  useId,
  useRef,
  useState,
  type ComponentProps,
  type HTMLAttributes,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  type Ref,
  type RefObject,
} from "react";
import { Part } from "../../state/part";
import { usePart } from "../../state/use-part";
import { classes } from "./classes";
import { Icon, type IconName } from "./icon";

export const menuPart = new Part(() => import("./radix-menu"));
type RadixMenu = typeof import("./radix-menu");

/** Lines are drawn in open menus only. */
function parts(): RadixMenu {
  const radix = menuPart.snapshot();
  if (!radix) throw new Error("a line of a menu stands outside of a menu");
  return radix;
}

type TriggerProps = HTMLAttributes<HTMLElement> & { ref?: Ref<HTMLElement> };

interface MenuProps {
  /** A button. */
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  className?: string;
  onOpenChange?: (isOpen: boolean) => void;
}

type OpenedBy = "pointer" | "keyboard";

export function Menu({ trigger, onOpenChange, ...content }: MenuProps) {
  const [opened, setOpened] = useState<OpenedBy | null>(null);
  const button = useRef<HTMLElement>(null);
  const id = useId();
  const isOpen = opened !== null;

  function set(next: OpenedBy | null) {
    setOpened(next);
    if ((next !== null) !== isOpen) onOpenChange?.(next !== null);
  }
  function onPointerDown(event: PointerEvent) {
    if (event.button !== 0 || event.ctrlKey) return;
    set(isOpen ? null : "pointer");
    // The menu takes the focus: the button must not take it back.
    if (!isOpen) event.preventDefault();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (!["Enter", " ", "ArrowDown"].includes(event.key)) return;
    set(isOpen && event.key !== "ArrowDown" ? null : "keyboard");
    event.preventDefault();
  }

  const attributes: TriggerProps & { "data-state": string } = {
    ref: button,
    id,
    "aria-haspopup": "menu",
    "aria-expanded": isOpen,
    "data-state": isOpen ? "open" : "closed",
    onPointerDown,
    onKeyDown,
  };
  return (
    <>
      {cloneElement(trigger as ReactElement<TriggerProps>, attributes)}
      {opened && <OpenMenu button={button} labelledBy={id} openedBy={opened} onClose={() => set(null)} {...content} />}
    </>
  );
}

/** A place in the window, in pixels. */
export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

/** With the keyboard there is no pointer: at what has the focus. */
export function placeOf(event: { clientX: number; clientY: number }, target: Element): MenuPlace {
  if (event.clientX !== 0 || event.clientY !== 0) return { x: event.clientX, y: event.clientY };
  const { left, bottom } = target.getBoundingClientRect();
  return { x: left, y: bottom };
}

interface MenuAtProps {
  place: MenuPlace;
  label: string;
  className?: string;
  onClose: () => void;
  children: ReactNode;
}

/** A menu without a button, where something was pressed. What had the focus has it again afterwards. */
export function MenuAt({ place, label, onClose, ...content }: MenuAtProps) {
  const before = useRef(document.activeElement instanceof HTMLElement ? document.activeElement : null);
  const anchor = useRef({ getBoundingClientRect: () => new DOMRect(place.x, place.y, 0, 0) });
  anchor.current.getBoundingClientRect = () => new DOMRect(place.x, place.y, 0, 0);
  return <OpenMenu key={`${place.x} ${place.y}`} button={before} anchor={anchor} label={label} openedBy="keyboard" align="start" onClose={onClose} {...content} />;
}

interface OpenMenuProps extends Omit<MenuProps, "trigger" | "onOpenChange"> {
  /** Has the focus afterwards. */
  button: RefObject<HTMLElement | null>;
  /** Where it opens; left out: at the button. */
  anchor?: RefObject<{ getBoundingClientRect: () => DOMRect }>;
  labelledBy?: string;
  label?: string;
  openedBy: OpenedBy;
  onClose: () => void;
}

function OpenMenu(props: OpenMenuProps) {
  const radix = usePart(menuPart, props.onClose);
  return radix ? <DrawnMenu {...props} radix={radix} /> : <AwaitedMenu onClose={props.onClose} />;
}

/** It is still being loaded. Keys that were pressed for it do nothing in what stands below it; Escape and a press elsewhere call it off. */
function AwaitedMenu({ onClose }: { onClose: () => void }) {
  useEffect(() => {
    const keep = (event: globalThis.KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") onClose();
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("keydown", keep, true);
    addEventListener("pointerdown", onClose, true);
    return () => {
      removeEventListener("keydown", keep, true);
      removeEventListener("pointerdown", onClose, true);
    };
  }, []);
  return null;
}

function DrawnMenu({ radix: Radix, button, anchor, labelledBy, label, openedBy, onClose, align = "end", className, children }: OpenMenuProps & { radix: RadixMenu }) {
  const wasLeft = useRef(false);
  return (
    <Radix.Root open modal={false} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Radix.Anchor virtualRef={anchor ?? (button as RefObject<HTMLElement>)} />
      <Radix.Portal>
        <Radix.Content
          ref={openedBy === "keyboard" ? focusFirst : undefined}
          aria-labelledby={labelledBy}
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          loop
          onInteractOutside={() => (wasLeft.current = true)}
          onCloseAutoFocus={(event) => {
            // A press elsewhere has put the focus there.
            if (!wasLeft.current) button.current?.focus();
            event.preventDefault();
          }}
          className={classes(
            "appear z-50 max-h-[min(36rem,var(--radix-popper-available-height))] min-w-48 max-w-[min(22rem,92vw)] overflow-y-auto",
            "rounded-xl border border-line bg-raised p-1 shadow-raised",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** With the keyboard one stands on the first line at once. It has no place before it is laid out, so it must not be scrolled to. */
function focusFirst(menu: HTMLElement | null): void {
  if (!menu) return;
  requestAnimationFrame(() => menu.querySelector<HTMLElement>("[role^=menuitem]:not([data-disabled])")?.focus({ preventScroll: true }));
}

const itemClass =
  "target flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-small outline-none select-none data-highlighted:bg-surface data-disabled:opacity-50";

type ItemProps = ComponentProps<typeof Radix.Item> & { icon?: IconName; isDanger?: boolean; hint?: string };

export function MenuItem({ icon, isDanger, hint, children, className, ...rest }: ItemProps) {
  const { Item } = parts();
  return (
    <Item className={classes(itemClass, isDanger && "text-failed", className)} aria-keyshortcuts={hint} {...rest}>
      {icon && <Icon name={icon} size={18} className={isDanger ? "" : "text-soft"} />}
      <span className="grow">{children}</span>
      {hint && (
        <span className="text-faint" aria-hidden="true">
          {hint}
        </span>
      )}
    </Item>
  );
}

export function MenuRadioGroup(props: ComponentProps<typeof Radix.RadioGroup>) {
  const { RadioGroup } = parts();
  return <RadioGroup {...props} />;
}

export function MenuRadioItem({ children, ...rest }: ComponentProps<typeof Radix.RadioItem>) {
  const { RadioItem } = parts();
  return (
    <RadioItem className={itemClass} {...rest}>
      <Mark />
      {children}
    </RadioItem>
  );
}

export function MenuCheckItem({ children, ...rest }: ComponentProps<typeof Radix.CheckboxItem>) {
  const { CheckboxItem } = parts();
  return (
    <CheckboxItem className={itemClass} {...rest}>
      <Mark />
      {children}
    </CheckboxItem>
  );
}

function Mark() {
  const { ItemIndicator } = parts();
  return (
    <span className="flex size-4 shrink-0 items-center justify-center text-accent">
      <ItemIndicator>
        <Icon name="check" size={16} />
      </ItemIndicator>
    </span>
  );
}

export function MenuLine() {
  const { Separator } = parts();
  return <Separator className="mx-2 my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  const { Label } = parts();
  return <Label className="px-2.5 pt-2 pb-1 text-small font-medium text-faint">{children}</Label>;
}
