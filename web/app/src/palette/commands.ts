// What the palette offers, and what of it fits the words typed.
import type { IconName } from "../components/ui/icon";

export interface Command {
  id: string;
  title: string;
  icon: IconName;
  hint?: string;
  run: () => void;
}

/** Lower case, and without accents: as a person types it. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Every word typed must occur in the text, in any order. */
export function fits(text: string, words: string): boolean {
  const where = plain(text);
  return plain(words).split(/\s+/).every((word) => where.includes(word));
}

/** Commands whose title begins with what was typed are meant; the other fitting ones come last. */
export function commandsFor(words: string, commands: readonly Command[]): { meant: Command[]; others: Command[] } {
  const offered = commands.filter((command) => fits(command.title, words));
  if (!words.trim()) return { meant: offered, others: [] };
  const isMeant = (command: Command) => plain(command.title).startsWith(plain(words.trim()));
  return { meant: offered.filter(isMeant), others: offered.filter((command) => !isMeant(command)) };
}
