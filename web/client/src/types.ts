// The server's objects as they travel over HTTP. Times are Unix milliseconds, ids are ULIDs.

/** One part of a message. Types this client does not know are kept and shown as they came. */
export type ContentBlock =
  | TextBlock
  | ReasoningBlock
  | ToolUseBlock
  | ToolResultBlock
  | AttachmentBlock
  | SourceBlock
  | UnknownBlock;

export interface TextBlock {
  type: "text";
  text: string;
}
export interface ReasoningBlock {
  type: "reasoning";
  text: string;
  signature?: string;
}
export interface ToolUseBlock {
  type: "tool_use";
  id: string;
  name: string;
  input: unknown;
}
export interface ToolResultBlock {
  type: "tool_result";
  toolUseId: string;
  content: unknown;
  isError?: boolean;
}
export interface AttachmentBlock {
  type: "image" | "file";
  attachmentId: string;
  name: string;
  mediaType: string;
  size: number;
  /** Of a picture, where whoever attached it could tell: so much room it takes before it is here. */
  width?: number;
  height?: number;
}
export interface SourceBlock {
  type: "source";
  url: string;
  title?: string;
}
export interface UnknownBlock {
  type: string;
  [field: string]: unknown;
}

export type Role = "user" | "assistant" | "system" | "tool";

/** `reserved` and `streaming` are being written; the others are final: the first final status wins. */
export type MessageStatus =
  | "complete"
  | "reserved"
  | "streaming"
  | "cancelled"
  | "interrupted"
  | "error";

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** What the vendor says that it cost, in billionths of a US dollar; absent: it says nothing. */
  costNanoUsd?: number;
}

/** Why a model ended a complete answer before it had said everything. `confirmation`: calls of tools wait for the person's word. */
export type FinishReason = "length" | "content_filter" | "confirmation";

/** What a person says about a call of a tool. */
export type Decision = "allow" | "allow-conversation" | "deny";

export interface ListedTool {
  name: string;
  /** Absent: it runs on the server itself. */
  server?: string;
  description: string;
  /** `named`: only where a question names it; `allowed`: also where the conversation allows it; `confirmed`: each call waits for the person's word. */
  access: "always" | "allowed" | "named" | "confirmed";
}
export interface ToolServer {
  name: string;
  state: "asking" | "ready" | "away";
  /** Why it is away. */
  reason?: string;
  leftOut: { tool: string; reason: string }[];
}
export interface ToolList {
  tools: ListedTool[];
  servers: ToolServer[];
}

export interface MessageFailure {
  type: string;
  detail: string;
}

export interface Message {
  id: string;
  conversationId: string;
  parentId: string | null;
  role: Role;
  content: ContentBlock[];
  status: MessageStatus;
  model?: string | null;
  createdAt: number;
  tokenCount?: number;
  usage?: Usage;
  error?: MessageFailure;
  metadata: Record<string, unknown>;
  position: number;
  seq: number;
  /** It was deleted: in the trash, where its words are, or for ever. Its place stays, for what stands under it. */
  deletedAt?: number;
  isErased?: boolean;
  /** Only in pages of a conversation: how many messages share this one's parent, itself included. */
  siblingCount?: number;
  /** Only when there are several: all of them, in the order they were added. */
  siblingIds?: string[];
}

export type TitleSource = "default" | "excerpt" | "model" | "user";

export type Effort = "minimal" | "low" | "medium" | "high";

/** How the models of a conversation are asked. What is absent is not sent: the vendor's own default holds. */
export interface ConversationSettings {
  /** Given before the first message. */
  system?: string;
  temperature?: number;
  /** Of one answer. */
  maxTokens?: number;
  effort?: Effort;
  /** That a model may use; absent: all, empty: none. */
  tools?: string[];
  /** That this conversation allows: they are offered, and their calls need not be confirmed. */
  allowedTools?: string[];
}

/** Settings that are changed; `null` takes one away. */
export type SettingsChange = { [Name in keyof ConversationSettings]?: ConversationSettings[Name] | null };

/**
 * Settings for more than one conversation. The id says what it is for: `default` holds where nothing nearer says otherwise, `folder:NAME` for the
 * conversations in that folder; any other has a name, and is taken over into conversations by hand.
 */
export interface Preset {
  id: string;
  kind: "named" | "default" | "folder";
  name?: string;
  settings: ConversationSettings;
  createdAt: number;
  updatedAt: number;
  rev: number;
  seq: number;
  /** Nothing of it is left. */
  deletedAt?: number;
}

/** What an edit of a preset changes. */
export interface PresetFields {
  name?: string;
  settings?: SettingsChange;
}

export interface Conversation {
  id: string;
  title: string;
  titleSource: TitleSource;
  model: string | null;
  createdAt: number;
  /** Moves with the messages only, not with a rename, pin or archive. */
  updatedAt: number;
  messageCount: number;
  isArchived: boolean;
  isPinned: boolean;
  /** Something was added that has not been looked at; absent: no. */
  isUnread?: boolean;
  folder: string | null;
  tags: string[];
  headId: string | null;
  /** Absent: none. */
  settings?: ConversationSettings;
  metadata: Record<string, unknown>;
  /** Counts metadata edits. */
  rev: number;
  seq: number;
  /** Set while the conversation is in the trash, and once it is erased. */
  deletedAt?: number;
  /** It was deleted for ever: its words are gone, and nothing brings it back. Absent: it was not. */
  isErased?: boolean;
}

export interface Model {
  id: string;
  name: string;
  vendor: string;
  description?: string;
  /** How much it reads and writes at once, where that is known. */
  contextTokens?: number;
}

/** A vendor that is set up and gives no list of its models now. */
export interface AwayVendor {
  /** What the ids of its models begin with, before the slash. */
  name: string;
  vendor: string;
  /** A sentence for the person. */
  reason: string;
}

export interface ModelList {
  models: Model[];
  away: AwayVendor[];
  default: string;
}

/** The newest page first; chronological within the page. */
export interface MessagePage {
  messages: Message[];
  nextCursor: string | null;
  headId: string | null;
}

export interface Me {
  id: string;
  name: string;
  isLocal: boolean;
}

/** What an import did, in real numbers. */
export interface ImportReport {
  format: string;
  name: string;
  /** `deletedForEver`: was here once, and stayed away. */
  conversations: { found: number; imported: number; alreadyHere: number; deletedForEver: number; failed: number };
  messages: { found: number; imported: number; alreadyHere: number; skipped: number };
  /** Settings for more than one conversation. */
  presets: { found: number; imported: number; alreadyHere: number; failed: number };
  verbatim: { contentType: string; count: number }[];
  problems: { conversation: string; title: string; reason: string }[];
  /** How many more problems there were than the list holds. */
  problemsLeftOut: number;
}

/** An event of a running answer. See docs/api.md, "Generations". */
export type GenerationEvent =
  | { event: "message"; message: Message }
  | { event: "delta"; messageId: string; index: number; type: DeltaType; text: string }
  | { event: "block"; messageId: string; index: number; block: ContentBlock }
  | {
      event: "status";
      messageId: string;
      status: MessageStatus;
      usage?: Usage;
      error?: MessageFailure;
      finishReason?: FinishReason;
    }
  | { event: "title"; conversationId: string; title: string }
  | { event: "end" };

export type DeltaType = "text" | "reasoning" | "tool_input";

/** True while an answer is still being written. */
export function isUnfinished(status: MessageStatus): boolean {
  return status === "reserved" || status === "streaming";
}
