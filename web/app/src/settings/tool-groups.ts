// The tools that a person can choose from, by the server that they are on. Pure.
import type { ListedTool, ToolList } from "@threadkeep/client";

/** Tools by the names that people know them by; others are shown as they are called. */
const labels: Readonly<Record<string, string>> = {
  search_conversations: "Search my conversations",
  read_conversation: "Read my other conversations",
  current_time: "Date and time",
  fetch_url: "Pages of the web",
};

type Access = ListedTool["access"];

/** Those that are there on every server, until it has said what it has. */
const always: ReadonlyMap<string, Access> = new Map([
  ["search_conversations", "named"],
  ["read_conversation", "named"],
  ["current_time", "allowed"],
]);

interface Group {
  /** "": the server itself. */
  server: string;
  names: string[];
  /** Why it is away, or what is left out; "" where there is nothing to say. */
  note: string;
  isAway: boolean;
}

/** What the server has, and what is chosen or allowed beside that; each name once. */
export function groupsOf(list: ToolList | null, others: readonly string[]): Group[] {
  const ours = list ? list.tools.filter((tool) => tool.server === undefined).map(({ name }) => name) : [...always.keys()];
  const groups: Group[] = [{ server: "", names: ours, note: "", isAway: false }];
  for (const { name, state, reason = "", leftOut } of list?.servers ?? []) {
    const names = list!.tools.filter((tool) => tool.server === name).map((tool) => tool.name);
    const left = leftOut.length > 0 ? `Left out: ${leftOut.map(({ tool, reason: why }) => `${tool || "one without a name"} (${why})`).join(" ")}` : "";
    groups.push({ server: name, names, isAway: state === "away", note: state === "away" ? reason : state === "asking" ? "It is being asked what it has." : left });
  }
  const known = new Set(groups.flatMap(({ names }) => names));
  const rest = [...new Set(others)].filter((name) => !known.has(name));
  if (rest.length > 0) groups.push({ server: "", names: rest, note: list ? "Not there now." : "", isAway: false });
  return groups;
}

/** What a tool needs before a model may use it. */
export function accessOf(list: ToolList | null, name: string): Access {
  const listed = list?.tools.find((tool) => tool.name === name)?.access;
  return listed ?? always.get(name) ?? "confirmed";
}

/** A name without that of its server. */
export function labelOf(name: string, server: string): string {
  return labels[name] ?? (server !== "" && name.startsWith(`${server}__`) ? name.slice(server.length + 2) : name);
}
