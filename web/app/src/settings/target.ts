// What the dialog sets: a conversation, a folder, or all that say nothing otherwise. By the id that opens it: see state/dialogs.
import { settingsChange, type ConversationSettings, type LocalPresets } from "@threadkeep/client";
import { titleOf } from "../sidebar/titles";
import { change, failed } from "../state/actions";
import { list } from "../state/app-state";
import { newSettings } from "../state/new-settings";
import { toasts, undoLabel } from "../state/toasts";

export const defaultId = "default";
const folderPrefix = "folder:";
export const folderId = (name: string) => `${folderPrefix}${name}`;
export const folderOf = (id: string): string | null => (id.startsWith(folderPrefix) ? id.slice(folderPrefix.length) : null);
export const isPreset = (id: string) => id === defaultId || folderOf(id) !== null;

export function headOf(id: string): { title: string; description: string; hint: string } {
  const folder = folderOf(id);
  if (folder !== null) return { title: `Folder “${folder}”`, description: "For every conversation in it, from its next question on.", hint: "Models are given them before those of the conversation." };
  if (id === defaultId) return { title: "Default settings", description: "For every conversation where neither it nor its folder says otherwise.", hint: "Models are given them where there are no others." };
  const conversation = list.get(id);
  return {
    title: "Conversation settings",
    description: conversation ? titleOf(conversation) : "They hold from its first message on.",
    hint: "Every model here is given them before the first message.",
  };
}

export function settingsOfTarget(id: string, presets: LocalPresets | null): ConversationSettings {
  if (isPreset(id)) return presets?.settingsOf(id) ?? {};
  return list.get(id)?.settings ?? newSettings.of(id);
}

/** What a person changed, and only that: what another device set meanwhile stays. */
export function storeSettings(id: string, presets: LocalPresets | null, before: ConversationSettings, after: ConversationSettings): void {
  if (!isPreset(id) && !list.get(id)) return newSettings.set(id, after);
  const settings = settingsChange(before, after);
  if (Object.keys(settings).length === 0) return;
  if (!isPreset(id)) change([id], { settings });
  else if (presets) done(presets.edit(id, { settings }), "Settings saved. They hold from the next question on.");
}

/** Says what was done to a preset, with the way back. */
export function done(doing: Promise<() => Promise<void>>, text: string): void {
  doing.catch(failed);
  toasts.show({ text, action: { label: undoLabel, run: () => void doing.then((undo) => undo()).catch(failed) } });
}
