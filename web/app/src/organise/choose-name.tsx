// A field with the names there are below it: what is typed finds one of them, or makes a new one.
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { NamedCount } from "@threadkeep/client";
import { classes } from "../components/ui/classes";
import { Icon, type IconName } from "../components/ui/icon";
import { fits } from "../palette/commands";
import { isComposing } from "../shortcuts/owner";

export interface NameChoice {
  key: string;
  label: string;
  icon: IconName;
  hint?: string;
  /** For names that are switched on and off; "some": for a part of what is selected. */
  checked?: boolean | "some";
}

interface ChooseNameProps {
  label: string;
  placeholder: string;
  names: readonly NamedCount[];
  icon: IconName;
  /** Choices that are no names, shown after the fitting ones while nothing is typed. */
  others?: readonly NameChoice[];
  checked?: (name: string) => boolean | "some";
  onChoose: (key: string, isNew: boolean) => void;
  /** Enter where nothing is typed and no line was gone to: for names of which several are switched. */
  onDone?: () => void;
}

export const nameLengthMax = 100;

export function ChooseName({ label, placeholder, names, icon, others = [], checked, onChoose, onDone }: ChooseNameProps) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  /** The line was gone to with the arrows, since the last one was chosen. */
  const [isGoneTo, setGoneTo] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const wanted = words.trim();
  const isThere = names.some(({ name }) => name === wanted);
  const choices: NameChoice[] = [
    ...names
      .filter(({ name }) => fits(name, words))
      .map(({ name, count }) => ({ key: name, label: name, icon, hint: String(count), checked: checked?.(name) })),
    ...(wanted && !isThere ? [{ key: wanted, label: `New: “${wanted}”`, icon: "plus" as const }] : []),
    ...(wanted ? [] : others),
  ];
  const current = Math.min(at, choices.length - 1);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current]);

  function choose(choice: NameChoice | undefined) {
    if (!choice) return;
    onChoose(choice.key, choice.icon === "plus");
    setWords("");
    setGoneTo(false);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      setAt((current + step + choices.length) % Math.max(1, choices.length));
      setGoneTo(true);
    } else if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    else if (onDone && !wanted && !isGoneTo) onDone();
    else choose(choices[current]);
    event.preventDefault();
  }

  return (
    <>
      <div className="px-6 pt-3">
        <input
          autoFocus
          value={words}
          dir="auto"
          maxLength={nameLengthMax}
          role="combobox"
          aria-expanded="true"
          aria-controls="names"
          aria-activedescendant={choices[current] && `name-${current}`}
          aria-label={label}
          placeholder={placeholder}
          className="h-11 w-full rounded-lg border border-line-strong bg-ground px-3 outline-none placeholder:text-faint focus:border-accent"
          onChange={(event) => {
            setWords(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={box} id="names" role="listbox" aria-label={label} className="mt-2 min-h-0 overflow-y-auto px-4 pb-4">
        {choices.map((choice, index) => (
          <Choice key={choice.key} choice={choice} id={`name-${index}`} isCurrent={index === current} onPoint={() => setAt(index)} onChoose={() => choose(choice)} />
        ))}
        {choices.length === 0 && <p className="px-2 py-2 text-small text-faint">There is none yet. Type a name to make one.</p>}
      </div>
    </>
  );
}

interface ChoiceProps {
  choice: NameChoice;
  id: string;
  isCurrent: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Choice({ choice, id, isCurrent, onPoint, onChoose }: ChoiceProps) {
  const { label, icon, hint, checked } = choice;
  return (
    <div
      id={id}
      role="option"
      aria-selected={isCurrent}
      aria-checked={checked === "some" ? "mixed" : checked}
      onMouseMove={onPoint}
      onClick={onChoose}
      className={classes("target flex h-10 cursor-pointer items-center gap-3 rounded-lg px-2 text-small", isCurrent && "bg-surface")}
    >
      <Icon name={icon} size={18} className="shrink-0 text-faint" />
      <span className="min-w-0 grow truncate" dir="auto" title={label}>
        {label}
      </span>
      {hint && <span className="shrink-0 text-faint tabular-nums">{hint}</span>}
      {checked !== undefined && (
        <span className="flex size-5 shrink-0 items-center justify-center text-accent" aria-hidden="true">
          {checked === "some" ? <span className="h-0.5 w-2.5 rounded bg-accent" /> : checked ? <Icon name="check" size={18} /> : null}
        </span>
      )}
    </div>
  );
}
