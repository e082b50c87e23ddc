// What an answer of the server means for the entry it was given for. Pure.
import type { ProblemBody } from "../problem";
import type { OutboxEntry } from "./outbox";

export type Verdict =
  /** It is on the server, or there is nothing left to do. */
  | { kind: "done" }
  /** Not now: the same again later. */
  | { kind: "later" }
  /** The server does not know what it stands on: pull first, decide after. */
  | { kind: "look" }
  /** Its conversation is deleted: the text goes to a conversation of its own. */
  | { kind: "recover" }
  /** The id is taken by other content: it becomes a message of its own. */
  | { kind: "rename" }
  /** The server refuses it for good: kept here, visible. */
  | { kind: "failed"; reason: string };

/** How often an entry is sent again after the server did not know what it stands on. */
export const looksMax = 2;

export function verdictOf(entry: OutboxEntry, status: number, problem: ProblemBody | undefined): Verdict {
  if (status < 300) return { kind: "done" };
  if (status === 401 || status === 403 || status === 408 || status === 425 || status === 429 || status >= 500) return { kind: "later" };
  const { type } = entry.operation;
  const carriesText = type === "append-message" || type === "ask";
  const name = (problem?.type ?? "").split("/").pop();
  if (status === 404 || name === "parent-unknown") {
    // Its own creation was erased meanwhile, or it is gone already: what there was to do is done.
    if (type === "create-conversation" || type === "delete-conversation" || type === "delete-messages") return { kind: "done" };
    return { kind: "look" };
  }
  if (status === 410) return carriesText ? gone(entry) : type === "restore-conversation" ? refused(problem) : { kind: "done" };
  if (name === "id-conflict") {
    if (!carriesText) return { kind: "done" };
    return entry.isHeal && !isWholeAnswer(entry) ? { kind: "done" } : { kind: "rename" };
  }
  return entry.isHeal && !carriesText ? { kind: "done" } : refused(problem);
}

/** After a pull: whether the conversation and the parent are there now decides. */
export interface Looked {
  conversation: "there" | "trash" | "gone" | "failed-here";
  /** `waiting`: it is in the outbox itself, before this one. */
  parent: "there" | "waiting" | "missing";
}

export type AfterLook = Exclude<Verdict, { kind: "look" }> | { kind: "under-head" } | { kind: "behind-parent" };

export function verdictAfterLook(entry: OutboxEntry, looked: Looked, problem: ProblemBody | undefined): AfterLook {
  const { type } = entry.operation;
  const carriesText = type === "append-message" || type === "ask";
  if (looked.conversation === "failed-here") return { kind: "failed", reason: "The conversation it belongs to could not be sent." };
  if (looked.conversation !== "there") {
    if (carriesText) return gone(entry);
    return type === "restore-conversation" ? refused(problem) : { kind: "done" };
  }
  if (!carriesText) return entry.looks < looksMax ? { kind: "later" } : { kind: "done" };
  if (looked.parent === "waiting") return { kind: "behind-parent" };
  if (entry.looks < looksMax) return { kind: "later" };
  if (entry.looks === looksMax && looked.parent === "missing") return { kind: "under-head" };
  return refused(problem);
}

/** What is only given back was written before its conversation was deleted, and goes with it. */
function gone(entry: OutboxEntry): { kind: "recover" } | { kind: "done" } {
  const { operation } = entry;
  const hasText = operation.type === "append-message" || (operation.type === "ask" && operation.message !== undefined);
  return entry.isHeal || !hasText ? { kind: "done" } : { kind: "recover" };
}

function isWholeAnswer({ operation }: OutboxEntry): boolean {
  return operation.type === "append-message" && (operation.message.status ?? "complete") === "complete";
}

function refused(problem: ProblemBody | undefined): { kind: "failed"; reason: string } {
  return { kind: "failed", reason: problem?.detail || problem?.title || "The server refused it." };
}
