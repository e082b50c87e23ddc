// Which tools may be used in a conversation, by the server that they are on, and which of them act without being confirmed.
import type { ToolList } from "@threadkeep/client";
import { useEffect, useState } from "react";
import { Button } from "../components/ui/button";
import { api } from "../state/app-state";
import { groupsOf, labelOf } from "./tool-groups";

interface ToolsProps {
  chosen: readonly string[] | null;
  /** What holds where nothing is chosen, in words; undefined: all of them. */
  otherwise: string | undefined;
  onChosen: (tools: readonly string[] | null) => void;
  allowed: readonly string[];
  onAllowed: (tools: readonly string[]) => void;
}

export function Tools({ chosen, otherwise, onChosen, allowed, onAllowed }: ToolsProps) {
  const [list, setList] = useState<ToolList | null>(null);
  useEffect(() => {
    let isHere = true;
    api.listTools().then(
      (tools) => isHere && setList(tools),
      () => undefined,
    );
    return () => void (isHere = false);
  }, []);
  const groups = groupsOf(list, chosen ?? []);
  const names = groups.flatMap((group) => group.names);
  function toggle(name: string, isOn: boolean) {
    const next = names.filter((one) => (one === name ? isOn : (chosen?.includes(one) ?? true)));
    onChosen(next.length === names.length ? null : next);
  }
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-small font-medium">Tools that may be used here</legend>
      {groups.map(({ server, names: ofGroup, note, isAway }, index) => (
        <div key={index} role={server ? "group" : undefined} aria-label={server || undefined}>
          {server && (
            <p className="mt-2 text-small font-medium text-soft">
              <bdi>{server}</bdi>
              {isAway && <span className="font-normal text-failed"> is away</span>}
            </p>
          )}
          {note && <p className="text-small text-faint wrap-anywhere">{note}</p>}
          {ofGroup.map((name) => (
            <label key={name} className="flex min-h-9 items-center gap-2.5 text-small max-md:min-h-11">
              <input type="checkbox" checked={chosen?.includes(name) ?? true} onChange={(event) => toggle(name, event.target.checked)} className="size-4 shrink-0 accent-accent" />
              <span dir="auto" className="min-w-0 truncate">
                {labelOf(name, server)}
              </span>
            </label>
          ))}
        </div>
      ))}
      {chosen === null && otherwise !== undefined && <p className="text-small text-soft">Nothing is said here: {otherwise}.</p>}
      <p className="text-small text-faint">What is ticked is not allowed by that: where a tool needs your word, it is still asked of you.</p>
      {allowed.length > 0 && (
        <div className="mt-3">
          <p className="text-small font-medium">Allowed in this conversation without asking</p>
          <ul>
            {allowed.map((name) => (
              <li key={name} className="flex min-h-9 items-center gap-2 text-small max-md:min-h-11">
                <bdi className="min-w-0 grow truncate">{name.replace("__", ": ")}</bdi>
                <Button look="quiet" className="-me-3 shrink-0" aria-label={`Ask again before ${name} is used`} onClick={() => onAllowed(allowed.filter((one) => one !== name))}>
                  Ask again
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </fieldset>
  );
}
