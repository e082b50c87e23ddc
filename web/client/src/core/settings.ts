// What a change makes of settings. Pure.
import type { ConversationSettings, SettingsChange } from "../types";

export const settingNames = ["system", "temperature", "maxTokens", "effort", "tools", "allowedTools"] as const satisfies readonly (keyof ConversationSettings)[];

/** The settings with the change in them; what is `null` in it is taken away, what it does not name stays. */
export function withSettings(settings: ConversationSettings | undefined, change: SettingsChange): ConversationSettings {
  const merged = { ...settings, ...change };
  const kept = settingNames.filter((name) => merged[name] !== undefined && merged[name] !== null);
  return Object.fromEntries(kept.map((name) => [name, merged[name]]));
}

/** The change that makes `after` of `before`, as small as can be. */
export function settingsChange(before: ConversationSettings | undefined, after: ConversationSettings): SettingsChange {
  const changed = settingNames.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]));
}
