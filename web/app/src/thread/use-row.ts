import { useAuiState } from "@assistant-ui/react";
import type { MessageRow } from "@threadkeep/client";

/** The row of the message that is being drawn. */
export function useRow(): MessageRow {
  return useAuiState((state) => state.message.metadata.custom.row as MessageRow);
}

export function useIsLastMessage(): boolean {
  return useAuiState((state) => state.message.index === state.thread.messages.length - 1);
}
