// Settings by name: taken over into the fields, kept under a name, renamed, deleted.
import { newId, settingsChange, type ConversationSettings, type LocalPresets, type Preset } from "@threadkeep/client";
import { useState, type KeyboardEvent } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { field, Labelled } from "./settings-fields";
import { defaultId, done } from "./target";

export const namedIn = (presets: LocalPresets): readonly Preset[] => presets.snapshot().filter((row) => row.kind === "named");

interface UsePresetProps {
  presets: LocalPresets;
  onTaken: (settings: ConversationSettings) => void;
}

/** All settings of a preset, into the fields: they are stored with Save. */
export function UsePreset({ presets, onTaken }: UsePresetProps) {
  const [chosen, setChosen] = useState("");
  const [isRenaming, setRenaming] = useState(false);
  const named = namedIn(presets);
  const preset = named.find((row) => row.id === chosen);
  if (named.length === 0) return null;
  return (
    <div className="min-w-0">
      <Labelled label="Use a preset">
        {({ id }) => (
          <select
            id={id}
            value={preset ? chosen : ""}
            onChange={(event) => {
              setChosen(event.target.value);
              setRenaming(false);
              onTaken(presets.settingsOf(event.target.value));
            }}
            className={classes(field, "h-10 px-2 max-md:h-11", !preset && "text-faint")}
          >
            <option value="" disabled className="bg-raised text-ink">
              Choose one
            </option>
            {named.map((row) => (
              <option key={row.id} value={row.id} className="bg-raised text-ink">
                {row.name}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {preset && !isRenaming && (
        <div className="-ms-3 mt-1 flex flex-wrap">
          <Button look="quiet" icon="edit" onClick={() => setRenaming(true)}>
            Rename
          </Button>
          <Button look="quiet" icon="trash" onClick={() => done(presets.remove(preset.id), `The preset “${preset.name}” is deleted.`)}>
            Delete
          </Button>
        </div>
      )}
      {preset && isRenaming && (
        <NameField
          label="New name of the preset"
          button="Rename"
          name={preset.name ?? ""}
          onName={(name) => name !== preset.name && done(presets.edit(preset.id, { name }), "Renamed.")}
          onEnd={() => setRenaming(false)}
        />
      )}
    </div>
  );
}

interface KeepPresetProps {
  presets: LocalPresets;
  settings: ConversationSettings;
  canKeep: boolean;
  /** Of the default itself there is none. */
  canBeDefault: boolean;
}

/** What stands in the fields, kept for other conversations. */
export function KeepPreset({ presets, settings, canKeep, canBeDefault }: KeepPresetProps) {
  const [isNaming, setNaming] = useState(false);
  const isEmpty = Object.keys(settings).length === 0;
  function keep(name: string) {
    const known = namedIn(presets).find((row) => row.name === name);
    const id = known?.id ?? newId();
    done(presets.edit(id, { name, settings: settingsChange(known?.settings, settings) }), known ? `The preset “${name}” is replaced.` : `Kept as the preset “${name}”.`);
  }
  function makeDefault() {
    const change = settingsChange(presets.settingsOf(defaultId), settings);
    done(presets.edit(defaultId, { settings: change }), "These are the default settings now.");
  }
  if (isNaming) return <NameField label="Name of the preset" button="Keep" name="" onName={keep} onEnd={() => setNaming(false)} />;
  return (
    <div className="-ms-3 flex flex-wrap">
      <Button look="quiet" icon="bookmark" disabled={!canKeep || isEmpty} onClick={() => setNaming(true)}>
        Save as preset…
      </Button>
      {canBeDefault && (
        <Button look="quiet" icon="star" disabled={!canKeep || isEmpty} onClick={makeDefault}>
          Use as default
        </Button>
      )}
    </div>
  );
}

interface NameFieldProps {
  label: string;
  button: string;
  name: string;
  onName: (name: string) => void;
  onEnd: () => void;
}

/** One line; Enter is the button's and not the dialog's, Escape ends it alone. */
function NameField({ label, button, name, onName, onEnd }: NameFieldProps) {
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const isTooLong = new TextEncoder().encode(wanted).length > 200;
  const canEnd = wanted !== "" && !isTooLong;
  function end() {
    if (!canEnd) return;
    onName(wanted);
    onEnd();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return leaveToInputMethod(event);
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") end();
    else onEnd();
  }
  return (
    <div className="mt-2 flex items-center gap-2">
      <input
        autoFocus
        dir="auto"
        value={text}
        aria-label={label}
        aria-invalid={isTooLong}
        placeholder={label}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className={classes(field, "h-10 min-w-0 px-3 max-md:h-11")}
      />
      <Button disabled={!canEnd} onClick={end}>
        {button}
      </Button>
    </div>
  );
}
