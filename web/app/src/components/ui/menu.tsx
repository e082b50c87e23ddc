// Menus. Not modal: the modal kind locks scrolling with a style element, which the content policy refuses.
import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ComponentProps, ReactElement, ReactNode } from "react";
import { classes } from "./classes";
import { Icon, type IconName } from "./icon";

interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  className?: string;
  onOpenChange?: (isOpen: boolean) => void;
  onCloseAutoFocus?: (event: Event) => void;
}

export function Menu({ trigger, children, align = "end", className, onOpenChange, onCloseAutoFocus }: MenuProps) {
  return (
    <Radix.Root modal={false} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          loop
          onCloseAutoFocus={onCloseAutoFocus}
          className={classes(
            "appear z-50 max-h-[min(28rem,var(--radix-dropdown-menu-content-available-height))] min-w-48 max-w-[min(22rem,92vw)] overflow-y-auto",
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

const itemClass =
  "target flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-small outline-none select-none data-highlighted:bg-surface data-disabled:opacity-50";

type ItemProps = ComponentProps<typeof Radix.Item> & { icon?: IconName; isDanger?: boolean; hint?: string };

export function MenuItem({ icon, isDanger, hint, children, className, ...rest }: ItemProps) {
  return (
    <Radix.Item className={classes(itemClass, isDanger && "text-failed", className)} aria-keyshortcuts={hint} {...rest}>
      {icon && <Icon name={icon} size={18} className={isDanger ? "" : "text-soft"} />}
      <span className="grow">{children}</span>
      {hint && (
        <span className="text-faint" aria-hidden="true">
          {hint}
        </span>
      )}
    </Radix.Item>
  );
}

export const MenuRadioGroup = Radix.RadioGroup;

export function MenuRadioItem({ children, ...rest }: ComponentProps<typeof Radix.RadioItem>) {
  return (
    <Radix.RadioItem className={itemClass} {...rest}>
      <Mark />
      {children}
    </Radix.RadioItem>
  );
}

export function MenuCheckItem({ children, ...rest }: ComponentProps<typeof Radix.CheckboxItem>) {
  return (
    <Radix.CheckboxItem className={itemClass} {...rest}>
      <Mark />
      {children}
    </Radix.CheckboxItem>
  );
}

function Mark() {
  return (
    <span className="flex size-4 shrink-0 items-center justify-center text-accent">
      <Radix.ItemIndicator>
        <Icon name="check" size={16} />
      </Radix.ItemIndicator>
    </span>
  );
}

export function MenuLine() {
  return <Radix.Separator className="mx-2 my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2.5 pt-2 pb-1 text-small font-medium text-faint">{children}</Radix.Label>;
}
