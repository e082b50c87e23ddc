// @threadkeep/client: everything the web application knows about the server. No React.
export * from "./types";
export { createApi, type Api, type ApiOptions, type GenerationRequest } from "./api";
export { explain, ProblemError, UnreachableError, type ProblemBody } from "./problem";
export { cleaned } from "./core/clean";
export { isId, newId } from "./ids";
export { SseParser, type SseEvent } from "./sse";
export { backoffMs, followGeneration, type ConnectionState, type FollowOptions } from "./generation-stream";
export { finishReasonOf, partialInput, rowOf, stateOf, textOf, withEvent, type MessageRow, type MessageState, type RowOrigin } from "./message-row";
export { windowRowsMax } from "./window";
export type { ConversationSnapshot, ListScope, ListSnapshot, ListState, QueuedMessage, ViewPhase } from "./snapshots";
export { Drafts, newConversationKey, type KeyValueStore, type PastedText, type UnsentMessage } from "./drafts";
export { openClient, type ClientOptions } from "./open-client";
export type { LocalConversationView } from "./local/local-view";
export type { WholePath } from "./local/whole-path";
export { fold, matchWords, placesOf, wordsOf } from "./search/words";
export { importFile, mediaTypeOf, type ErasedBefore, type ImportProgress } from "./import-upload";
export { Observable } from "./observable";
export * from "./client";
