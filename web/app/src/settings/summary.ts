import type { ConversationSettings } from "@threadkeep/client";

/** The settings in a few words; empty when there are none. */
export function summaryOf(settings: ConversationSettings | undefined): string {
  if (!settings) return "";
  const { system, temperature, maxTokens, effort, tools, allowedTools } = settings;
  const parts = [
    system !== undefined && "instructions",
    temperature !== undefined && `temperature ${temperature}`,
    maxTokens !== undefined && `at most ${maxTokens.toLocaleString("en")} tokens`,
    effort !== undefined && `${effort} effort`,
    allowedTools !== undefined && allowedTools.length > 0 && `${allowedTools.length === 1 ? "one tool" : `${allowedTools.length} tools`} allowed`,
    tools !== undefined && (tools.length === 0 ? "no tools" : "some tools only"),
  ];
  return parts.filter((part) => part !== false).join(", ");
}
