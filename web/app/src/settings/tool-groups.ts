// The tools that a person can choose from, by the server that they are on. Pure.
import type { ToolList } from "@threadkeep/client";

/** Tools by the names that people know them by; others are shown as they are called. */
const labels: Readonly<Record<string, string>> = {
  search_conversations: "Search my conversations",
  read_conversation: "Read my other conversations",
  current_time: "Date and time",
  fetch_url: "Pages of the web",
};

/** Those that are there on every server, until it has said what it has. */
const always: readonly string[] = ["search_conversations", "read_conversation", "current_time"];

interface Group {
  /** "": the server itself. */
  server: string;
  names: string[];
  /** Why it is away, or what is left out; "" where there is nothing to say. */
  note: string;
  isAway: boolean;
}

/** What the server has, and what is chosen beside that; each name once. */
export function groupsOf(list: ToolList | null, chosen: readonly string[]): Group[] {
  const ours = list ? list.tools.filter((tool) => tool.server === undefined).map(({ name }) => name) : [...always];
  const groups: Group[] = [{ server: "", names: ours, note: "", isAway: false }];
  for (const { name, state, reason = "", leftOut } of list?.servers ?? []) {
    const names = list!.tools.filter((tool) => tool.server === name).map((tool) => tool.name);
    const left = leftOut.length > 0 ? `Left out: ${leftOut.map(({ tool, reason: why }) => `${tool || "one without a name"} (${why})`).join(" ")}` : "";
    groups.push({ server: name, names, isAway: state === "away", note: state === "away" ? reason : state === "asking" ? "It is being asked what it has." : left });
  }
  const known = new Set(groups.flatMap(({ names }) => names));
  const others = chosen.filter((name) => !known.has(name));
  if (others.length > 0) groups.push({ server: "", names: others, note: list ? "Not there now." : "", isAway: false });
  return groups;
}

/** A name without that of its server. */
export function labelOf(name: string, server: string): string {
  return labels[name] ?? (server !== "" && name.startsWith(`${server}__`) ? name.slice(server.length + 2) : name);
}
