import { useAuiState } from "@assistant-ui/react";
import type { MessageRow } from "@threadkeep/client";

/** The row of the message that is being drawn. */
export function useRow(): MessageRow {
  return useAuiState((state) => state.message.metadata.custom.row as MessageRow);
}

/** The next message is by the same side: a step of one answer, as imported conversations have them. */
export function useGoesOn(): boolean {
  return useAuiState((state) => state.thread.messages[state.message.index + 1]?.role === "assistant");
}

export function useIsLastMessage(): boolean {
  return useAuiState((state) => state.message.index === state.thread.messages.length - 1);
}
