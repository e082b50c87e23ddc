// Which tools may be used in a conversation, by the server that they are on, and which of them need no word of the person any more.
import type { ToolList } from "@threadkeep/client";
import { useEffect, useState } from "react";
import { api } from "../state/app-state";
import { accessOf, groupsOf, labelOf } from "./tool-groups";

interface ToolsProps {
  chosen: readonly string[] | null;
  /** What holds where nothing is chosen, in words; undefined: all of them. */
  otherwise: string | undefined;
  onChosen: (tools: readonly string[] | null) => void;
  allowed: readonly string[];
  /** Absent: here nothing can be allowed, as it is for more than one conversation. */
  onAllowed?: (tools: readonly string[]) => void;
  /** Whether the models here may read other conversations, on this device. */
  mayRead: boolean;
}

export function Tools({ chosen, otherwise, onChosen, allowed, onAllowed, mayRead }: ToolsProps) {
  const [list, setList] = useState<ToolList | null>(null);
  useEffect(() => {
    let isHere = true;
    api.listTools().then(
      (tools) => isHere && setList(tools),
      () => undefined,
    );
    return () => void (isHere = false);
  }, []);
  const groups = groupsOf(list, [...(chosen ?? []), ...allowed]);
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
          {ofGroup.map((name) => {
            const label = labelOf(name, server);
            const access = accessOf(list, name);
            return (
              <div key={name} className="flex flex-wrap items-center gap-x-4">
                <label className="flex min-h-9 min-w-0 grow items-center gap-2.5 text-small max-md:min-h-11">
                  <input type="checkbox" checked={chosen?.includes(name) ?? true} onChange={(event) => toggle(name, event.target.checked)} className={box} />
                  <span dir="auto" className="min-w-0 truncate">
                    {label}
                  </span>
                </label>
                {onAllowed && access === "named" && <span className="text-small text-faint">{mayRead ? "Allowed" : "Not allowed"}</span>}
                {onAllowed && (access === "allowed" || access === "confirmed") && (
                  <Leave
                    tool={label}
                    words={access === "allowed" ? "Allowed here" : "Without asking"}
                    isGiven={allowed.includes(name)}
                    onGiven={(isGiven) => onAllowed(isGiven ? [...allowed, name] : allowed.filter((one) => one !== name))}
                  />
                )}
              </div>
            );
          })}
        </div>
      ))}
      {chosen === null && otherwise !== undefined && <p className="text-small text-soft">Nothing is said here: {otherwise}.</p>}
      <p className="text-small text-faint">{onAllowed ? rules : "What is ticked is not allowed by that: where a tool needs your word, it is still asked of you."}</p>
    </fieldset>
  );
}

const box = "size-4 shrink-0 accent-accent";
const rules = "One that acts elsewhere asks you before each call, unless it may go on without asking. One that has to be allowed is not used before. Reading your other conversations is allowed where the model is chosen, on each device.";

interface LeaveProps {
  tool: string;
  words: string;
  isGiven: boolean;
  onGiven: (isGiven: boolean) => void;
}

function Leave({ tool, words, isGiven, onGiven }: LeaveProps) {
  return (
    <label className="flex min-h-9 shrink-0 items-center gap-2.5 text-small text-soft max-md:min-h-11">
      <input type="checkbox" aria-label={`${words}: ${tool}`} checked={isGiven} onChange={(event) => onGiven(event.target.checked)} className={box} />
      {words}
    </label>
  );
}
