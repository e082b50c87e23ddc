import type { Conversation } from "@threadkeep/client";

export function titleOf(conversation: Conversation | undefined): string {
  return conversation?.title || "New conversation";
}
