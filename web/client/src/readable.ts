// Rows that break a rule, of a server or a copy that knew other rules: what can be read of them is shown, and nothing else is held up.
import type { ContentBlock, GenerationEvent, Message, MessageFailure, MessageStatus, Role, Usage } from "./types";

const roles: ReadonlySet<unknown> = new Set<Role>(["user", "assistant", "system", "tool"]);
const statuses: ReadonlySet<unknown> = new Set<MessageStatus>(["complete", "reserved", "streaming", "cancelled", "interrupted", "error"]);

/** The same row where nothing about it is odd; null where it cannot even be named. */
export function readableMessage<Row extends Message>(row: Row): Row | null {
  if (!isObject(row) || typeof row.id !== "string") return null;
  return isAsItShallBe(row) ? row : { ...row, ...mended(row) };
}

/** An event whose message, block or error can be used; null: nothing can be made of it. */
export function readableEvent(event: GenerationEvent): GenerationEvent | null {
  switch (event.event) {
    case "message": {
      const message = readableMessage(event.message);
      return message && { ...event, message };
    }
    case "block":
      return typeof event.messageId === "string" && isIndex(event.index) ? { ...event, block: readableBlock(event.block) } : null;
    case "delta":
      return typeof event.messageId === "string" && isIndex(event.index) && typeof event.text === "string" ? event : null;
    case "status": {
      if (typeof event.messageId !== "string" || !statuses.has(event.status)) return null;
      const { usage, error, ...rest } = event;
      return { ...rest, ...(usage !== undefined && { usage: readableUsage(usage) }), ...(error !== undefined && { error: readableError(error) }) };
    }
    default:
      return event;
  }
}

function isAsItShallBe(row: Message): boolean {
  return (
    typeof row.conversationId === "string" &&
    (row.parentId === null || typeof row.parentId === "string") &&
    roles.has(row.role) &&
    statuses.has(row.status) &&
    Array.isArray(row.content) &&
    row.content.every(isReadableBlock) &&
    (row.model === undefined || row.model === null || typeof row.model === "string") &&
    Number.isFinite(row.createdAt) &&
    Number.isFinite(row.position) &&
    isObject(row.metadata) &&
    (row.error === undefined || isFailure(row.error)) &&
    (row.usage === undefined || isUsage(row.usage)) &&
    (row.siblingIds === undefined || isTexts(row.siblingIds))
  );
}

function mended(row: Message): Partial<Message> {
  const { conversationId, parentId, role, status, content, model, createdAt, position, metadata, error, usage, siblingIds } = row as { [Field in keyof Message]: unknown };
  return {
    conversationId: typeof conversationId === "string" ? conversationId : "",
    parentId: typeof parentId === "string" ? parentId : null,
    role: roles.has(role) ? (role as Role) : "assistant",
    // Whatever state that is, nobody writes it here any more.
    status: statuses.has(status) ? (status as MessageStatus) : "complete",
    content: Array.isArray(content) ? content.map(readableBlock) : content === undefined || content === null ? [] : [readableBlock(content)],
    model: typeof model === "string" ? model : null,
    createdAt: Number.isFinite(createdAt) ? (createdAt as number) : 0,
    position: Number.isFinite(position) ? (position as number) : 0,
    metadata: isObject(metadata) ? metadata : {},
    error: error === undefined || error === null ? undefined : readableError(error),
    usage: usage === undefined || usage === null ? undefined : readableUsage(usage),
    siblingIds: isTexts(siblingIds) ? siblingIds : undefined,
  };
}

function isReadableBlock(block: unknown): block is ContentBlock {
  if (!isObject(block) || typeof block.type !== "string") return false;
  return (block.type !== "text" && block.type !== "reasoning") || typeof block.text === "string";
}

function readableBlock(block: unknown): ContentBlock {
  if (isReadableBlock(block)) return block;
  if (typeof block === "string") return { type: "text", text: block };
  if (isObject(block) && (block.type === "text" || block.type === "reasoning")) return { ...block, type: block.type, text: asText(block.text) };
  return { type: "unreadable", value: block };
}

function readableError(error: unknown): MessageFailure {
  if (isFailure(error)) return error;
  if (!isObject(error)) return { type: "", detail: asText(error) };
  const { type, detail, message } = error;
  return { type: typeof type === "string" ? type : "", detail: asText(detail ?? message ?? error) };
}

/** What of it can be counted. */
function readableUsage(usage: unknown): Usage {
  const counts = isObject(usage) ? Object.entries(usage).filter(([, count]) => isCount(count)) : [];
  return { inputTokens: 0, outputTokens: 0, ...(Object.fromEntries(counts) as Partial<Usage>) };
}

function isFailure(error: unknown): error is MessageFailure {
  return isObject(error) && typeof error.type === "string" && typeof error.detail === "string";
}
function isUsage(usage: unknown): usage is Usage {
  return isObject(usage) && Object.values(usage).every(isCount);
}
const isCount = (value: unknown): value is number => typeof value === "number" && value >= 0;
const isIndex = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 100_000;
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string");
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
