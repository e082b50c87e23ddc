// The settings as their fields hold them: what is typed, also while it is no number yet. Pure.
import type { ConversationSettings, Effort } from "@threadkeep/client";

export interface SettingsForm {
  readonly system: string;
  /** `null`: the model's own. */
  readonly temperature: number | null;
  readonly maxTokens: string;
  readonly effort: Effort | "";
  /** `null`: all, also those that come later. */
  readonly tools: readonly string[] | null;
  /** Whose calls need not be confirmed. */
  readonly allowedTools: readonly string[];
}

export const systemBytesMax = 64 * 1024;
export const maxTokensMax = 10_000_000;
export const temperatureMax = 2;

export const efforts: readonly { value: Effort | ""; label: string }[] = [
  { value: "", label: "As the model does" },
  { value: "minimal", label: "Hardly at all" },
  { value: "low", label: "A little" },
  { value: "medium", label: "Some time" },
  { value: "high", label: "At length" },
];

export const emptyForm: SettingsForm = { system: "", temperature: null, maxTokens: "", effort: "", tools: null, allowedTools: [] };

export function formOf(settings: ConversationSettings): SettingsForm {
  const { system = "", temperature = null, maxTokens, effort = "", tools = null, allowedTools = [] } = settings;
  return { system, temperature, maxTokens: maxTokens === undefined ? "" : String(maxTokens), effort, tools, allowedTools };
}

export function settingsOf(form: SettingsForm): ConversationSettings {
  const system = form.system.trim();
  const tokens = form.maxTokens.trim();
  return {
    ...(system !== "" && { system }),
    ...(form.temperature !== null && { temperature: form.temperature }),
    ...(tokens !== "" && { maxTokens: Number(tokens) }),
    ...(form.effort !== "" && { effort: form.effort }),
    ...(form.tools !== null && { tools: [...form.tools] }),
    ...(form.allowedTools.length > 0 && { allowedTools: [...form.allowedTools] }),
  };
}

/** Why the form cannot be stored, by field. */
export function faultsOf(form: SettingsForm): { system?: string; maxTokens?: string } {
  const bytes = new TextEncoder().encode(form.system.trim()).length;
  const tokens = form.maxTokens.trim();
  const isNumber = /^\d+$/.test(tokens) && Number(tokens) >= 1 && Number(tokens) <= maxTokensMax;
  return {
    ...(bytes > systemBytesMax && { system: `Too long by ${Math.ceil((bytes - systemBytesMax) / 1024)} KiB.` }),
    ...(tokens !== "" && !isNumber && { maxTokens: `A whole number from 1 to ${maxTokensMax.toLocaleString("en")}.` }),
  };
}
