import { useEffect, useRef } from "react";
import type { MessageRow } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { useView } from "../state/hooks";

/** The branch that was asked for with one of the buttons: the same button of that one takes the focus, to go on with. */
let wanted: { id: string; step: -1 | 1 } | null = null;

/** < 1/2 > between the siblings of a message; what was said after each comes along. */
export function BranchPicker({ row }: { row: MessageRow }) {
  const view = useView();
  const ids = row.message.siblingIds ?? [];
  const at = ids.indexOf(row.message.id);
  const buttons = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (wanted?.id !== row.message.id) return;
    const [previous, next] = buttons.current?.querySelectorAll("button") ?? [];
    const [same, other] = wanted.step < 0 ? [previous, next] : [next, previous];
    (same?.disabled ? other : same)?.focus({ preventScroll: true });
    wanted = null;
  }, [row.message.id]);
  if (ids.length < 2 || at < 0) return null;
  const what = row.message.role === "user" ? "wording" : "answer";
  const go = (step: -1 | 1) => {
    const id = ids[at + step];
    if (!id) return;
    wanted = { id, step };
    void view.switchBranch(id);
  };
  return (
    <div ref={buttons} role="group" aria-label={`Other ${what}s`} className="flex items-center">
      <IconButton icon="left" label={`Previous ${what}`} size="small" disabled={at === 0} onClick={() => go(-1)} />
      <span className="tabular-nums" aria-label={`${what} ${at + 1} of ${ids.length}`}>
        {at + 1}/{ids.length}
      </span>
      <IconButton icon="right" label={`Next ${what}`} size="small" disabled={at === ids.length - 1} onClick={() => go(1)} />
    </div>
  );
}
