import * as Radix from "@radix-ui/react-tooltip";
import type { ReactElement } from "react";

export const TooltipProvider = Radix.Provider;

export function Tooltip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={8}
          className="appear pointer-events-none z-50 max-w-72 rounded-md bg-ink px-2 py-1 text-small text-ground"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
