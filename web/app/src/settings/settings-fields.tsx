// The fields of the settings, whatever they are for.
import { useId, type ReactNode } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { efforts, temperatureMax, type SettingsForm } from "./settings-form";

export const field = "w-full rounded-lg border border-line-strong bg-ground outline-none placeholder:text-faint focus:border-accent max-md:text-base";

interface LabelledProps {
  label: string;
  hint?: ReactNode;
  fault?: string;
  children: (ids: { id: string; describedBy: string | undefined }) => ReactNode;
}

export function Labelled({ label, hint, fault, children }: LabelledProps) {
  const id = useId();
  const describedBy = fault || hint ? `${id}-hint` : undefined;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block text-small font-medium">
        {label}
      </label>
      {children({ id, describedBy })}
      {(fault || hint) && (
        <p id={describedBy} role={fault ? "alert" : undefined} className={classes("mt-1.5 text-small", fault ? "text-failed" : "text-faint")}>
          {fault ?? hint}
        </p>
      )}
    </div>
  );
}

/** What holds where a field says nothing, in words; undefined: the model's own. */
interface Otherwise {
  otherwise: string | undefined;
}

const ofModel = "As the model does";

export function Instructions({ text, fault, hint, onText }: { text: string; fault: string | undefined; hint: string; onText: (text: string) => void }) {
  return (
    <Labelled label="Instructions" fault={fault} hint={hint}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          autoFocus
          dir="auto"
          rows={6}
          value={text}
          aria-describedby={describedBy}
          aria-invalid={fault !== undefined}
          placeholder="For example: You help me to learn Spanish. Answer in easy Spanish, and correct my mistakes first."
          onChange={(event) => onText(event.target.value)}
          className={classes(field, "block min-h-24 resize-y px-3 py-2 leading-6")}
        />
      )}
    </Labelled>
  );
}

export function Effort({ value, otherwise, onValue }: Otherwise & { value: SettingsForm["effort"]; onValue: (value: SettingsForm["effort"]) => void }) {
  return (
    <Labelled label="Thinks before it answers" hint="For models that reason.">
      {({ id, describedBy }) => (
        <select
          id={id}
          value={value}
          aria-describedby={describedBy}
          onChange={(event) => onValue(efforts.find((one) => one.value === event.target.value)?.value ?? "")}
          className={classes(field, "h-10 px-2 max-md:h-11", value === "" && "text-faint")}
        >
          {efforts.map((one) => (
            <option key={one.value} value={one.value} className="bg-raised text-ink">
              {one.value === "" ? (otherwise ?? ofModel) : one.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function Length({ text, fault, otherwise, onText }: Otherwise & { text: string; fault: string | undefined; onText: (text: string) => void }) {
  return (
    <Labelled label="Longest answer, in tokens" fault={fault} hint="1,000 tokens are about 700 words.">
      {({ id, describedBy }) => (
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          dir="ltr"
          value={text}
          aria-describedby={describedBy}
          aria-invalid={fault !== undefined}
          placeholder={otherwise ?? ofModel}
          onChange={(event) => onText(event.target.value)}
          className={classes(field, "h-10 px-3 tabular-nums max-md:h-11 rtl:text-end")}
        />
      )}
    </Labelled>
  );
}

export function Temperature({ value, otherwise, onValue }: Otherwise & { value: number | null; onValue: (value: number | null) => void }) {
  const id = useId();
  const said = value === null ? (otherwise ?? ofModel) : String(value);
  return (
    <div>
      <div className="flex h-9 items-center gap-2 text-small">
        <label htmlFor={id} className="font-medium">
          Temperature
        </label>
        <output htmlFor={id} className="grow text-soft tabular-nums">
          {said}
        </output>
        {value !== null && (
          <Button look="quiet" className="-me-3 shrink-0" onClick={() => onValue(null)}>
            {otherwise === undefined ? "Leave it to the model" : "Leave it unsaid"}
          </Button>
        )}
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={temperatureMax}
        step={0.1}
        value={value ?? 1}
        aria-valuetext={said}
        onChange={(event) => onValue(Number(event.target.value))}
        // Also where it stands already.
        onPointerUp={(event) => onValue(Number(event.currentTarget.value))}
        className={classes("block h-6 w-full accent-accent", value === null && "opacity-50")}
      />
      <div className="flex justify-between text-small text-faint" aria-hidden="true">
        <span>Sober, alike each time</span>
        <span>Surprising</span>
      </div>
    </div>
  );
}
