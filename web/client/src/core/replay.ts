// What is shown: the server's rows with what waits in the outbox on top. Pure.
import type { ContentBlock, Conversation, Message, TitleSource } from "../types";
import { excerptOf } from "./excerpt";
import { conversationOf, type AskOperation, type EditableFields, type OutboxEntry } from "./outbox";
import { withSettings } from "./settings";

/** A conversation as it will be, as far as this device knows. Undefined: it is not there, or erased. */
export function replayConversation(base: Conversation | undefined, entries: readonly OutboxEntry[]): Conversation | undefined {
  let shown = base;
  for (const entry of entries) {
    const { operation } = entry;
    if (operation.type === "create-conversation") {
      shown ??= created(entry);
      continue;
    }
    if (!shown) continue;
    switch (operation.type) {
      case "append-message":
        shown = withMessages(shown, entry.madeAt, operation.message.id, 1, operation.message.role === "user" ? operation.message.content : []);
        break;
      case "ask":
        shown = asked(shown, entry.madeAt, operation);
        break;
      case "edit-conversation":
        shown = edited(shown, operation.fields);
        break;
      case "delete-conversation":
        shown = operation.forever ? undefined : { ...shown, deletedAt: shown.deletedAt ?? entry.madeAt };
        break;
      case "restore-conversation":
        // One that failed stays in the outbox until it is read, and the conversation in the trash.
        if (entry.state !== "failed") shown = { ...shown, deletedAt: undefined };
        break;
    }
  }
  return shown;
}

export interface ReplayedMessage {
  message: Message;
  entry: OutboxEntry;
}

/**
 * The messages that the entries of one conversation will make, in order. `headId` is the head that the server knows: what is "under the head"
 * stands under it, or under the message before. Positions count on from `positionAfter`.
 */
export function replayMessages(entries: readonly OutboxEntry[], headId: string | null, positionAfter: number): ReplayedMessage[] {
  const made: ReplayedMessage[] = [];
  let head = headId;
  const add = (entry: OutboxEntry, fields: Partial<Message> & Pick<Message, "id" | "parentId" | "role" | "content">) => {
    const position = positionAfter + made.length + 1;
    const conversationId = conversationOf(entry.operation);
    const message = { conversationId, status: "complete" as const, createdAt: entry.madeAt, metadata: {}, position, seq: 0, ...fields };
    made.push({ entry, message });
  };
  for (const entry of entries) {
    const { operation } = entry;
    if (operation.type === "append-message") {
      const { parentId = head, ...message } = operation.message;
      add(entry, { ...message, parentId });
      head = message.id;
    } else if (operation.type === "ask") {
      const { message } = operation;
      if (message) add(entry, { ...message, role: "user" });
      const parentId = message?.id ?? operation.parentId ?? null;
      operation.answerIds.forEach((id, index) => {
        add(entry, { id, parentId, role: "assistant", content: [], status: "reserved", model: operation.models[index] });
      });
      head = operation.answerIds[0] ?? message?.id ?? head;
    } else if (operation.type === "edit-conversation" && operation.fields.headId !== undefined) {
      head = operation.fields.headId;
    }
  }
  return made;
}

function created({ operation, madeAt }: OutboxEntry): Conversation | undefined {
  if (operation.type !== "create-conversation") return undefined;
  const { id, title = "", model = null, settings = {}, metadata = {}, createdAt = madeAt } = operation.conversation;
  return {
    id, title, titleSource: title ? "user" : "default", model, createdAt, updatedAt: createdAt, messageCount: 0, isArchived: false,
    isPinned: false, isUnread: false, folder: null, tags: [], headId: null, settings, metadata, rev: 0, seq: 0,
  };
}

function edited(shown: Conversation, { settings, ...fields }: EditableFields): Conversation {
  const merged = settings && { settings: withSettings(shown.settings, settings) };
  return { ...shown, ...fields, ...merged, ...titleSourceAfter(fields.title, shown.titleSource) };
}

function asked(shown: Conversation, madeAt: number, operation: AskOperation): Conversation {
  const count = operation.answerIds.length + (operation.message ? 1 : 0);
  const head = operation.answerIds[0] ?? operation.message?.id ?? shown.headId;
  return withMessages(shown, madeAt, head, count, operation.message?.content ?? []);
}

function withMessages(shown: Conversation, madeAt: number, headId: string | null, count: number, question: readonly ContentBlock[]): Conversation {
  const isUntitled = shown.titleSource === "default" && shown.title === "";
  const title = isUntitled ? excerptOf(textIn(question)) : "";
  const titled = title === "" ? {} : { title, titleSource: "excerpt" as const };
  return { ...shown, ...titled, headId, messageCount: shown.messageCount + count, updatedAt: Math.max(shown.updatedAt, madeAt) };
}

function titleSourceAfter(title: string | undefined, before: TitleSource): { titleSource?: TitleSource } {
  if (title === undefined) return {};
  return { titleSource: title === "" ? (before === "default" ? "default" : "excerpt") : "user" };
}

function textIn(content: readonly ContentBlock[]): string {
  const texts = content.flatMap((block) => (block.type === "text" && typeof block.text === "string" && block.text !== "" ? [block.text] : []));
  return texts.join("\n");
}
