import { settingsChange, type Conversation, type ConversationSettings } from "@threadkeep/client";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Dialog } from "../components/ui/dialog";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { titleOf } from "../sidebar/titles";
import { change } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { newSettings } from "../state/new-settings";
import { efforts, emptyForm, faultsOf, formOf, settingsOf, temperatureMax, type SettingsForm } from "./settings-form";
import { Tools } from "./tools-list";

/** What was typed and neither stored nor thrown away, by conversation: closing the dialog loses no words. */
const unsaved = new Map<string, SettingsForm>();

const field = "w-full rounded-lg border border-line-strong bg-ground outline-none placeholder:text-faint focus:border-accent max-md:text-base";

/** How the models of one conversation are asked. */
export default function SettingsDialog({ chat }: { chat: string }) {
  const [before] = useState(() => list.get(chat)?.settings ?? newSettings.of(chat));
  const [form, setForm] = useState(() => unsaved.get(chat) ?? formOf(before));
  const [wasUnsaved] = useState(() => unsaved.has(chat));
  const [others] = useState(() => othersWithSettings(chat));
  const conversation = list.get(chat);
  const faults = faultsOf(form);
  const canSave = Object.keys(faults).length === 0;

  function take(parts: Partial<SettingsForm>) {
    const next = { ...form, ...parts };
    setForm(next);
    unsaved.set(chat, next);
  }
  function close() {
    unsaved.delete(chat);
    dialogs.close();
  }
  function save() {
    if (!canSave) return;
    close();
    store(chat, before, settingsOf(form));
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return leaveToInputMethod(event);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save();
  }

  return (
    <Dialog
      isOpen
      onClose={() => dialogs.close()}
      title="Conversation settings"
      description={conversation ? titleOf(conversation) : "They hold from its first message on."}
      className="max-w-xl"
    >
      <form
        className="flex min-h-0 flex-col"
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className="min-h-0 space-y-5 overflow-y-auto px-6 pt-3 pb-5">
          {wasUnsaved && <p className="rounded-lg bg-waiting-ground px-3 py-2 text-small text-waiting">This was not saved when you left it.</p>}
          {others.length > 0 && <TakeOver others={others} onTaken={(settings) => take({ ...formOf(settings), allowedTools: form.allowedTools })} />}
          <Instructions text={form.system} fault={faults.system} onText={(system) => take({ system })} />
          <div className="grid gap-5 md:grid-cols-2">
            <Effort value={form.effort} onValue={(effort) => take({ effort })} />
            <Length text={form.maxTokens} fault={faults.maxTokens} onText={(maxTokens) => take({ maxTokens })} />
          </div>
          <Temperature value={form.temperature} onValue={(temperature) => take({ temperature })} />
          <Tools chosen={form.tools} onChosen={(tools) => take({ tools })} allowed={form.allowedTools} onAllowed={(allowedTools) => take({ allowedTools })} />
          <p className="text-small text-faint">A setting that a model does not have is not sent to it. What was said before stays as it is.</p>
        </div>
        <div className="flex shrink-0 items-center gap-2 border-t border-line px-6 py-3 max-md:px-4">
          <Button look="quiet" className="-ms-3" disabled={Object.keys(settingsOf(form)).length === 0} onClick={() => take(emptyForm)}>
            Clear all
          </Button>
          <span className="grow" />
          <Button look="quiet" onClick={close}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={!canSave}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What a person changed, and only that: what another device set meanwhile stays. */
function store(chat: string, before: ConversationSettings, after: ConversationSettings): void {
  if (!list.get(chat)) return newSettings.set(chat, after);
  const settings = settingsChange(before, after);
  if (Object.keys(settings).length > 0) change([chat], { settings });
}

const offeredMax = 30;

/** The newest conversations that have any. */
function othersWithSettings(chat: string): Conversation[] {
  const all = list.idsOf({}).flatMap((id) => (id === chat ? [] : (list.get(id) ?? [])));
  return all.filter(({ settings }) => settings && Object.keys(settings).length > 0).slice(0, offeredMax);
}

/** All settings of another conversation, into the fields: they are stored with Save. What may act unasked there is not taken over. */
function TakeOver({ others, onTaken }: { others: readonly Conversation[]; onTaken: (settings: ConversationSettings) => void }) {
  const [from, setFrom] = useState("");
  function choose(id: string) {
    setFrom(id);
    const other = others.find((one) => one.id === id);
    if (other?.settings) onTaken(other.settings);
  }
  return (
    <Labelled label="Take over from another conversation">
      {({ id }) => (
        <select id={id} value={from} onChange={(event) => choose(event.target.value)} className={classes(field, "h-10 px-2 max-md:h-11", from === "" && "text-faint")}>
          <option value="" disabled className="bg-raised text-ink">
            Choose one
          </option>
          {others.map((one) => (
            <option key={one.id} value={one.id} className="bg-raised text-ink">
              {titleOf(one)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface LabelledProps {
  label: string;
  hint?: ReactNode;
  fault?: string;
  children: (ids: { id: string; describedBy: string | undefined }) => ReactNode;
}

function Labelled({ label, hint, fault, children }: LabelledProps) {
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

function Instructions({ text, fault, onText }: { text: string; fault: string | undefined; onText: (text: string) => void }) {
  return (
    <Labelled label="Instructions" fault={fault} hint="Every model here is given them before the first message.">
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

function Effort({ value, onValue }: { value: SettingsForm["effort"]; onValue: (value: SettingsForm["effort"]) => void }) {
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
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function Length({ text, fault, onText }: { text: string; fault: string | undefined; onText: (text: string) => void }) {
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
          placeholder="As the model does"
          onChange={(event) => onText(event.target.value)}
          className={classes(field, "h-10 px-3 tabular-nums max-md:h-11 rtl:text-end")}
        />
      )}
    </Labelled>
  );
}

function Temperature({ value, onValue }: { value: number | null; onValue: (value: number | null) => void }) {
  const id = useId();
  const said = value === null ? "As the model does" : String(value);
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
            Leave it to the model
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
