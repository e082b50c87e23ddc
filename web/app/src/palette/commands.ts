// What the palette offers, and what of it fits the words typed.
import type { Conversation } from "@threadkeep/client";
import type { IconName } from "../components/ui/icon";

export interface Command {
  id: string;
  title: string;
  icon: IconName;
  hint?: string;
  run: () => void;
}

export type PaletteEntry =
  | { kind: "command"; id: string; command: Command }
  | { kind: "conversation"; id: string; conversation: Conversation };

/** Lower case, and without accents: as a person types it. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Every word typed must occur in the text, in any order. */
export function fits(text: string, words: string): boolean {
  const where = plain(text);
  return plain(words).split(/\s+/).every((word) => where.includes(word));
}

/** Without words: the commands and the newest conversations. With words: a command that begins so, conversations, the rest. */
export function entriesFor(
  words: string,
  commands: readonly Command[],
  conversations: readonly Conversation[],
  limit: number,
): PaletteEntry[] {
  const found = conversations
    .filter((conversation) => fits(conversation.title, words))
    .slice(0, limit)
    .map((conversation): PaletteEntry => ({ kind: "conversation", id: conversation.id, conversation }));
  const offered = commands
    .filter((command) => fits(command.title, words))
    .map((command): PaletteEntry => ({ kind: "command", id: command.id, command }));
  if (!words.trim()) return [...offered, ...found.slice(0, 6)];
  const isMeant = (entry: PaletteEntry) => entry.kind === "command" && plain(entry.command.title).startsWith(plain(words.trim()));
  return [...offered.filter(isMeant), ...found, ...offered.filter((entry) => !isMeant(entry))];
}
