// How an answer ended, when it did not end by itself.
import { finishReasonOf, type Message } from "@threadkeep/client";

export interface Ending {
  icon: "stop" | "warning";
  text: string;
  /** Whether the model can be asked to go on from there. */
  canGoOn: boolean;
}

/** Null: it said everything, is still being written, or failed (which is shown with its reason). */
export function endingOf(message: Message): Ending | null {
  if (message.role !== "assistant") return null;
  switch (message.status) {
    case "cancelled":
      return { icon: "stop", text: "Stopped.", canGoOn: true };
    case "interrupted":
      return { icon: "warning", text: "Stopped when the server restarted. What was written is kept.", canGoOn: true };
    case "complete":
      break;
    default:
      return null;
  }
  switch (finishReasonOf(message)) {
    case "length":
      return { icon: "warning", text: "Cut off by its length.", canGoOn: true };
    case "content_filter":
      return { icon: "warning", text: "Cut off by the model’s content filter.", canGoOn: false };
    default:
      return null;
  }
}
