// How an answer ended, when it did not end by itself: what is said of it, and what can be done. One table of causes.
import { finishReasonOf, seenOf, textOf, type ContentBlock, type Message } from "@threadkeep/client";
import type { IconName } from "../components/ui/icon";

export interface Ending {
  icon: IconName;
  /** What happened, and what of it is safe. */
  text: string;
  /** What the server says of it, in a sentence; "" for nothing. */
  detail: string;
  /** `failed`: nothing came, it stands in the place of the answer. */
  look: "quiet" | "failed";
  /** `continue`: from where it broke off. */
  action: "continue" | "again" | null;
}

const stopped: Ending = { icon: "stop", text: "Stopped.", detail: "", look: "quiet", action: "continue" };
const restarted: Ending = { icon: "warning", text: "Broke off when the server restarted. What came is kept.", detail: "", look: "quiet", action: "continue" };
const givenBack: Ending = { ...restarted, detail: "Its last words come from a device that had read them." };
const cutByLength: Ending = { icon: "warning", text: "Cut off by its length.", detail: "", look: "quiet", action: "continue" };
const cutByFilter: Ending = { icon: "warning", text: "Cut off by the model’s content filter.", detail: "", look: "quiet", action: null };
const empty: Ending = { icon: "warning", text: "No answer came: the model ended without a word.", detail: "", look: "quiet", action: "again" };
const onlyTools: Ending = { icon: "warning", text: "The model used its tools and ended without an answer.", detail: "", look: "quiet", action: "again" };
const toolsWithoutEnd: Ending = {
  icon: "warning", text: "The model asked for tools again and again and came to no answer.", detail: "No more tools are run in one answer.", look: "quiet", action: "again",
};

/** By the type of the error: what it is called where nothing came. */
const causes: Record<string, string> = {
  auth: "Check the key.",
  payment: "The vendor asks for payment.",
  "not-allowed": "This is not allowed there.",
  "unknown-model": "This model is not known there.",
  "conversation-too-long": "The conversation is too long for this model.",
  "rate-limited": "Too many requests for the moment.",
  "timed-out": "No answer came in time.",
  network: "No answer came.",
  "cut-off": "No answer came.",
  malformed: "The answer could not be read.",
  storage: "The conversation could not be read.",
};
const unknownCause = "The model did not answer.";

/** Null: it said everything, or is still being written. */
export function endingOf(message: Message): Ending | null {
  if (message.role !== "assistant") return null;
  switch (message.status) {
    case "cancelled":
      return stopped;
    case "interrupted":
      return seenOf in message.metadata ? givenBack : restarted;
    case "error":
      return failureOf(message);
    case "complete":
      return completeButOdd(message);
    default:
      return null;
  }
}

function failureOf(message: Message): Ending {
  const { type, detail } = message.error ?? { type: "", detail: "" };
  if (type === "too-long") return { icon: "warning", text: "Longer than one message can be. What came is kept.", detail: "", look: "quiet", action: "continue" };
  if (textOf(message) !== "") return { icon: "warning", text: "Broke off. What came is kept.", detail, look: "quiet", action: "continue" };
  return { icon: "warning", text: causes[type] ?? unknownCause, detail: `${detail || "No reason was given."} Your question is safe.`, look: "failed", action: "again" };
}

function completeButOdd(message: Message): Ending | null {
  switch (finishReasonOf(message)) {
    case "length":
      return cutByLength;
    case "content_filter":
      return cutByFilter;
    case "confirmation":
      return null;
    default:
      break;
  }
  const shown = message.content.filter((block) => block.type !== "context_summary" && !isEmptyText(block));
  const last = shown.at(-1);
  if (!last) return empty;
  if (last.type === "reasoning") return { ...empty, text: "No answer came: the model thought, and ended without a word." };
  if (last.type !== "tool_result" || textOf(message) !== "") return null;
  return last.isError === true && /No more tools/.test(JSON.stringify(last.content)) ? toolsWithoutEnd : onlyTools;
}

function isEmptyText(block: ContentBlock): boolean {
  return block.type === "text" && (typeof block.text !== "string" || block.text.trim() === "");
}
