// What holds in a conversation where it says nothing itself: the folder's settings, else the default. Pure.
import type { ConversationSettings } from "@threadkeep/client";
import { efforts } from "./settings-form";
import { summaryOf } from "./summary";

/** By the id that the dialog is opened with, nearest first; only those that say something. */
export interface Source {
  id: string;
  /** "from the folder". */
  from: string;
  settings: ConversationSettings;
}

type Said = { [Name in "temperature" | "maxTokens" | "effort" | "tools"]?: string };

/** What is taken from elsewhere, in words, by setting. */
export function otherwiseOf(sources: readonly Source[]): Said {
  const said: Said = {};
  for (const { settings, from } of [...sources].reverse()) {
    const { temperature, maxTokens, effort, tools } = settings;
    if (temperature !== undefined) said.temperature = `${temperature}, ${from}`;
    if (maxTokens !== undefined) said.maxTokens = `${maxTokens.toLocaleString("en")}, ${from}`;
    if (effort !== undefined) said.effort = `${efforts.find((one) => one.value === effort)?.label ?? effort}, ${from}`;
    if (tools !== undefined) said.tools = `${summaryOf({ tools })}, ${from}`;
  }
  return said;
}
