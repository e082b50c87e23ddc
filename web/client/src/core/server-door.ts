// The part of the server that the core needs. `createApi` fulfils it over HTTP, a model does in tests.
import type { Conversation, Message, Preset } from "../types";
import type { ProblemBody } from "../problem";
import type { AskOperation, PushableOperation } from "./outbox";

export interface ChangesPage {
  epoch: number;
  conversations: Conversation[];
  messages: Message[];
  /** Also deleted ones. Absent: the server knows of none. */
  presets?: Preset[];
  tombstones: { kind: string; id: string; seq: number }[];
  nextCursor: string;
  hasMore: boolean;
}

export interface SnapshotPage {
  epoch: number;
  conversations: Conversation[];
  messages: Message[];
  /** All of them, on the first page. */
  presets?: Preset[];
  nextCursor: string | null;
  changesCursor: string;
  /** There when `since` was of an earlier epoch: the highest `seq` that both histories share. */
  resumeFloor?: number;
}

export type PushOperation = PushableOperation & { id: string };

export interface PushResult {
  id: string;
  status: number;
  conversation?: Conversation;
  message?: Message;
  /** Those that were named to be deleted or restored. */
  messages?: Message[];
  preset?: Preset;
  problem?: ProblemBody;
}

export interface PushAnswer {
  epoch: number;
  results: PushResult[];
}

/** Each rejects with ProblemError when the server refuses, with UnreachableError when no answer came. */
export interface ServerDoor {
  changes(query: { since?: string; limit?: number }): Promise<ChangesPage>;
  snapshot(query: { cursor?: string; limit?: number; since?: string; include?: "all" | "conversations" }): Promise<SnapshotPage>;
  push(body: { epoch: number; operations: PushOperation[] }): Promise<PushAnswer>;
  /** All that are not deleted. */
  presets(): Promise<Preset[]>;
  /** Resolves with the rows that were stored, the question's and each answer's; the answers are then being written. */
  ask(operation: AskOperation): Promise<Message[]>;
}

/** What the core takes from outside besides storage and network. */
export interface Surroundings {
  /** Milliseconds since 1970 by this device. */
  now(): number;
  /** A new ULID. */
  newId(): string;
}
