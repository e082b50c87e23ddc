// What a message says of calls of tools that need the person's word. Pure.
import type { Decision, Message, ToolUseBlock } from "@threadkeep/client";

/** The tool uses without a result, in their order. */
export function waitingCalls({ content }: Message): ToolUseBlock[] {
  const open: ToolUseBlock[] = [];
  for (const block of content) {
    if (block.type === "tool_use") open.push(block as ToolUseBlock);
    if (block.type !== "tool_result") continue;
    const answered = open.findIndex(({ id }) => id === block.toolUseId);
    if (answered >= 0) open.splice(answered, 1);
  }
  return open;
}

const decisionNames: ReadonlySet<unknown> = new Set<Decision>(["allow", "allow-conversation", "deny"]);

/** What was decided about the calls of the answer above, in their order; null: the message carries out nothing. */
export function decisionsOf({ role, metadata: { decisions } }: Message): Decision[] | null {
  if (role !== "assistant" || !Array.isArray(decisions)) return null;
  return decisions.map((one: unknown) => (decisionNames.has(one) ? (one as Decision) : "deny"));
}

/** "files__read" is `read` of the server `files`. */
export function namesOf(name: unknown): { tool: string; server: string } {
  const whole = typeof name === "string" && name !== "" ? name : "a tool";
  const cut = whole.indexOf("__");
  return cut > 0 ? { server: whole.slice(0, cut), tool: whole.slice(cut + 2) } : { server: "", tool: whole };
}
