// A model has searched the person's other conversations: what it looked for, and every message that it was shown.
import type { ToolResultBlock, ToolUseBlock } from "@threadkeep/client";
import type { MouseEvent } from "react";
import { isRecord } from "../state/kept";
import { router } from "../state/route";
import { Fold } from "./fold";

export const searchToolName = "search_conversations";

interface Shown {
  conversationId: string;
  conversationTitle: string;
  messageId: string;
  snippet: string;
}

/** Null: it did not go as a search does; it is shown as any other use of a tool. */
export function searchOf(block: ToolUseBlock, result: ToolResultBlock | undefined): { words: string; shown: Shown[] } | null {
  if (block.name !== searchToolName || result?.isError || !isRecord(block.input) || !isRecord(result?.content)) return null;
  const { hits } = result.content;
  const isWhole = Array.isArray(hits) && hits.every((hit) => isRecord(hit) && typeof hit.conversationId === "string" && typeof hit.snippet === "string");
  return isWhole ? { words: String(block.input.query ?? ""), shown: hits as Shown[] } : null;
}

export function SearchView({ words, shown }: { words: string; shown: readonly Shown[] }) {
  const count = shown.length === 0 ? "nothing found" : shown.length === 1 ? "1 message read" : `${shown.length} messages read`;
  return (
    <Fold
      icon="search"
      summary={
        <>
          Searched your conversations for <b className="font-medium text-ink">“{words}”</b>
          <span className="ms-2 text-faint">{count}</span>
        </>
      }
    >
      <p className="px-3 pt-2 text-faint">{shown.length === 0 ? "The model was shown nothing." : "The model was shown these:"}</p>
      <ul className="max-h-96 overflow-y-auto p-1.5">
        {shown.map((hit) => (
          <li key={hit.messageId}>
            <a
              href={`${router.href(hit.conversationId)}&message=${hit.messageId}`}
              onClick={(event) => open(event, hit)}
              className="target block rounded-lg px-1.5 py-1 hover:bg-surface"
            >
              <span className="block truncate font-medium text-ink" dir="auto">
                {hit.conversationTitle || "Untitled"}
              </span>
              <span className="line-clamp-3 wrap-anywhere text-soft" dir="auto">
                {hit.snippet}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function open(event: MouseEvent, { conversationId, messageId }: Shown): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  router.open(conversationId, { message: messageId });
}
