import type { Conversation, ConversationSettings, LocalPresets } from "@threadkeep/client";
import { useState, type KeyboardEvent } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Dialog } from "../components/ui/dialog";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { titleOf } from "../sidebar/titles";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { reading } from "../state/reading";
import { otherwiseOf, type Source } from "./inherited";
import { KeepPreset, UsePreset } from "./preset-bar";
import { usePresets } from "./presets-here";
import { Effort, field, Instructions, Labelled, Length, Temperature } from "./settings-fields";
import { emptyForm, faultsOf, formOf, settingsOf, type SettingsForm } from "./settings-form";
import { summaryOf } from "./summary";
import { Tools } from "./tools-list";
import { defaultId, folderId, headOf, isPreset, settingsOfTarget, storeSettings } from "./target";

/** What was typed and neither stored nor thrown away, by what it is for: closing the dialog loses no words. */
const unsaved = new Map<string, SettingsForm>();

/** How the models of a conversation, of a folder's conversations or of all are asked. */
export default function SettingsDialog({ chat }: { chat: string }) {
  const presets = usePresets();
  if (isPreset(chat) && !presets) return null;
  return <TargetDialog key={chat} id={chat} presets={presets} />;
}

function TargetDialog({ id, presets }: { id: string; presets: LocalPresets | null }) {
  const [before] = useState(() => settingsOfTarget(id, presets));
  const [form, setForm] = useState(() => unsaved.get(id) ?? formOf(before));
  const [wasUnsaved] = useState(() => unsaved.has(id));
  const [others] = useState(() => othersWithSettings(id));
  const { title, description, hint } = headOf(id);
  const sources = presets ? sourcesOf(id, presets) : [];
  const otherwise = otherwiseOf(sources);
  const faults = faultsOf(form);
  const canSave = Object.keys(faults).length === 0;

  function take(parts: Partial<SettingsForm>) {
    const next = { ...form, ...parts };
    setForm(next);
    unsaved.set(id, next);
  }
  /** What may act unasked elsewhere is not taken over. */
  function takeOver(settings: ConversationSettings) {
    take({ ...formOf(settings), allowedTools: form.allowedTools });
  }
  function close() {
    unsaved.delete(id);
    dialogs.close();
  }
  function save() {
    if (!canSave) return;
    close();
    storeSettings(id, presets, before, settingsOf(form));
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return leaveToInputMethod(event);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save();
  }

  return (
    <Dialog isOpen onClose={() => dialogs.close()} title={title} description={description} className="max-w-xl">
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
          {sources.length > 0 && <Sources sources={sources} />}
          {presets && <UsePreset presets={presets} onTaken={takeOver} />}
          {others.length > 0 && <TakeOver others={others} onTaken={takeOver} />}
          <Instructions text={form.system} fault={faults.system} hint={hint} onText={(system) => take({ system })} />
          <div className="grid gap-5 md:grid-cols-2">
            <Effort value={form.effort} otherwise={otherwise.effort} onValue={(effort) => take({ effort })} />
            <Length text={form.maxTokens} fault={faults.maxTokens} otherwise={otherwise.maxTokens} onText={(maxTokens) => take({ maxTokens })} />
          </div>
          <Temperature value={form.temperature} otherwise={otherwise.temperature} onValue={(temperature) => take({ temperature })} />
          <Tools
            chosen={form.tools}
            otherwise={otherwise.tools}
            onChosen={(tools) => take({ tools })}
            allowed={form.allowedTools}
            onAllowed={isPreset(id) ? undefined : (allowedTools) => take({ allowedTools })}
            mayRead={reading.mayRead(id)}
          />
          {presets && <KeepPreset presets={presets} settings={settingsOf({ ...form, allowedTools: [] })} canKeep={canSave} canBeDefault={id !== defaultId} />}
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

/** Where a conversation takes settings from that it does not say itself; nearest first. */
function sourcesOf(id: string, presets: LocalPresets): Source[] {
  const folder = isPreset(id) ? null : (list.get(id)?.folder ?? null);
  const all: Source[] = [];
  if (folder !== null) all.push({ id: folderId(folder), from: "from the folder", settings: presets.settingsOf(folderId(folder)) });
  if (id !== defaultId) all.push({ id: defaultId, from: "from the default", settings: presets.settingsOf(defaultId) });
  return all.filter(({ settings }) => Object.keys(settings).length > 0);
}

/** Said before the fields: what is not said in them holds from there. */
function Sources({ sources }: { sources: readonly Source[] }) {
  return (
    <ul className="space-y-1 rounded-lg bg-surface px-3 py-2 text-small" aria-label="Settings from elsewhere">
      {sources.map(({ id, from, settings }) => (
        <li key={id} className="flex items-center gap-2">
          <span className="min-w-0 grow text-soft wrap-anywhere">
            <span className="first-letter:uppercase inline-block">{from}</span>: {summaryOf(settings)}
          </span>
          <Button look="quiet" className="-me-2 shrink-0" aria-label={`Change what comes ${from}`} onClick={() => dialogs.open({ name: "settings", chat: id })}>
            Change
          </Button>
        </li>
      ))}
    </ul>
  );
}

const offeredMax = 30;

/** The newest conversations that have any. */
function othersWithSettings(chat: string): Conversation[] {
  const all = list.idsOf({}).flatMap((id) => (id === chat ? [] : (list.get(id) ?? [])));
  return all.filter(({ settings }) => settings && Object.keys(settings).length > 0).slice(0, offeredMax);
}

/** All settings of another conversation, into the fields: they are stored with Save. */
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
