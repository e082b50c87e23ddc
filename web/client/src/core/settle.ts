// What an answer does to the outbox and the rows: always both in one transaction, the caller's.
import type { Conversation, Message, Preset } from "../types";
import type { ProblemBody } from "../problem";
import type { Writing } from "./local-store";
import { followsRefused, messageIdsOf, parentOf, recoveredFrom, textOfOperation, withParent, type NewMessage, type OutboxEntry } from "./outbox";
import { replayConversation } from "./replay";
import { healedId } from "./heal";
import { putPresets, putRows } from "./rows";
import type { Surroundings } from "./server-door";
import { verdictAfterLook, verdictOf, type AfterLook, type Looked, type Verdict } from "./verdict";

/** The server's answer for one entry. */
export interface Answer {
  entry: OutboxEntry;
  status: number;
  problem?: ProblemBody;
  conversations?: Conversation[];
  messages?: Message[];
  preset?: Preset;
}

export interface Settled {
  /** The server did not know what these stand on: pull, then `settleLooked`. */
  look: Answer[];
  isLater: boolean;
}

/** `epoch` is the one the server answered in. What is not of the copy's own epoch settles nothing: it is sent again, which is harmless. */
export async function settle(tx: Writing, epoch: number, answers: readonly Answer[], around: Surroundings): Promise<Settled> {
  const settled: Settled = { look: [], isLater: false };
  if ((await tx.state()).epoch !== epoch) return { ...settled, isLater: true };
  const entries = await tx.outboxEntries(answers.map((answer) => answer.entry.id));
  const waiting = new Map(entries.flatMap((entry) => (entry ? [[entry.id, entry] as const] : [])));
  const done: string[] = [];
  const asked = await firstTimeAsked(tx, answers);
  await putRows(tx, epoch, answers.flatMap((answer) => answer.conversations ?? []), answers.flatMap((answer) => answer.messages ?? []), around);
  await putPresets(tx, answers.flatMap((answer) => answer.preset ?? []));
  for (const answer of answers) {
    const entry = waiting.get(answer.entry.id);
    if (!entry) continue;
    const verdict = verdictOf(entry, answer.status, answer.problem);
    if (verdict.kind !== "done" && !isAsSent(entry, answer)) continue;
    if (verdict.kind === "look") settled.look.push(answer);
    else if (verdict.kind === "done") {
      done.push(entry.id);
      if (asked.has(entry.id)) await showAsked(tx, entry);
    }
    else if (verdict.kind === "later") settled.isLater = true;
    else await carryOut(tx, entry, verdict, around);
  }
  if (done.length > 0) await tx.deleteOutbox(done);
  return settled;
}

/** After a pull in the same epoch: decides about what the server did not know. */
export async function settleLooked(tx: Writing, epoch: number, answers: readonly Answer[], around: Surroundings): Promise<void> {
  if ((await tx.state()).epoch !== epoch) return;
  for (const answer of answers) {
    const [entry] = await tx.outboxEntries([answer.entry.id]);
    if (!entry || !isAsSent(entry, answer)) continue;
    const outbox = await tx.outboxOf([entry.conversationId]);
    await carryOut(tx, entry, verdictAfterLook(entry, await lookAt(tx, entry, outbox), answer.problem), around);
  }
}

/** The questions among these that nothing on the device knows of yet: no row of their answers, and no row of the conversation made after them. */
async function firstTimeAsked(tx: Writing, answers: readonly Answer[]): Promise<Set<string>> {
  const asked = new Set<string>();
  for (const { entry, status, messages = [] } of answers) {
    if (entry.operation.type !== "ask" || status >= 300) continue;
    const [row] = await tx.conversations([entry.conversationId]);
    const [held] = await tx.messages(messageIdsOf(entry.operation).slice(-1));
    const isFresh = messages.every((message) => message.role !== "assistant" || message.status === "reserved");
    if (!held && isFresh && row && messages.every((message) => message.seq > row.seq)) asked.add(entry.id);
  }
  return asked;
}

/** The answer to a question has no row of the conversation: until the feed brings it, it is as the question has made it. */
async function showAsked(tx: Writing, entry: OutboxEntry): Promise<void> {
  const [row] = await tx.conversations([entry.conversationId]);
  const shown = row && replayConversation(row, [entry]);
  if (shown) await tx.putConversations([shown]);
}

/** Another tab may have sent it too, and changed it after its own answer. */
function isAsSent(entry: OutboxEntry, answer: Answer): boolean {
  return entry.looks === answer.entry.looks && entry.state === answer.entry.state;
}

/** `outbox`: what waits of the entry's conversation. */
async function lookAt(tx: Writing, entry: OutboxEntry, outbox: readonly OutboxEntry[]): Promise<Looked> {
  const [row] = await tx.conversations([entry.conversationId]);
  const creation = outbox.find((one) => one.operation.type === "create-conversation");
  const pending = creation?.state === "failed" ? "failed-here" : creation ? "there" : "gone";
  const conversation = row ? (row.deletedAt ? "trash" : "there") : pending;
  const parentId = parentOf(entry.operation);
  if (typeof parentId !== "string") return { conversation, parent: "there" };
  const isBefore = (one: OutboxEntry) => one.order < entry.order && one.state === "waiting" && messageIdsOf(one.operation).includes(parentId);
  if (outbox.some(isBefore)) return { conversation, parent: "waiting" };
  return { conversation, parent: (await tx.messages([parentId]))[0] ? "there" : "missing" };
}

async function carryOut(tx: Writing, entry: OutboxEntry, verdict: Exclude<Verdict, { kind: "look" }> | AfterLook, around: Surroundings): Promise<void> {
  switch (verdict.kind) {
    case "done":
      return tx.deleteOutbox([entry.id]);
    case "later":
      return tx.putOutbox([{ ...entry, looks: entry.looks + 1 }]);
    case "behind-parent":
      return;
    case "failed":
      return fail(tx, entry, verdict.reason);
    case "under-head":
      return underHead(tx, entry);
    case "rename":
      return rename(tx, entry, around);
    case "recover":
      return recover(tx, entry, around);
  }
}

/** What it stood under is gone: it goes to the end of the conversation, where its author will find it. */
async function underHead(tx: Writing, entry: OutboxEntry): Promise<void> {
  const { operation } = entry;
  const looks = entry.looks + 1;
  if (operation.type === "append-message") return tx.putOutbox([{ ...entry, looks, operation: withParent(operation, undefined) }]);
  const [row] = await tx.conversations([entry.conversationId]);
  if (operation.type === "ask" && operation.message) {
    return tx.putOutbox([{ ...entry, looks, operation: withParent(operation, row?.headId ?? null) }]);
  }
  return fail(tx, entry, "What was to be answered is not on the server any more.");
}

/**
 * It stays here, visible, and with it what its author has written under it: that was meant to follow it. Neither is asked under anything else unasked.
 * What is only given back after a restore goes on by itself.
 */
export async function fail(tx: Writing, entry: OutboxEntry, reason: string): Promise<void> {
  const failed: OutboxEntry[] = [{ ...entry, state: "failed", reason }];
  const refused = new Set(messageIdsOf(entry.operation));
  for (const one of refused.size > 0 ? await tx.outboxOf([entry.conversationId]) : []) {
    const parentId = parentOf(one.operation);
    if (one.id === entry.id || one.state !== "waiting" || one.isHeal || typeof parentId !== "string" || !refused.has(parentId)) continue;
    failed.push({ ...one, state: "failed", reason: followsRefused });
    for (const id of messageIdsOf(one.operation)) refused.add(id);
  }
  await tx.putOutbox(failed);
}

/** The same content under ids of its own; what stands under it follows. */
async function rename(tx: Writing, entry: OutboxEntry, around: Surroundings): Promise<void> {
  const ids = new Map(messageIdsOf(entry.operation).map((id) => [id, entry.isHeal ? healedId(id) : around.newId()]));
  const changed: OutboxEntry[] = [];
  for (const one of await tx.outboxOf([entry.conversationId])) {
    const parentId = parentOf(one.operation);
    const parent = typeof parentId === "string" ? ids.get(parentId) : undefined;
    const isNamed = "messageIds" in one.operation && one.operation.messageIds.some((id) => ids.has(id));
    if (one.id !== entry.id && parent === undefined && !isNamed) continue;
    if (isNamed) {
      changed.push({ ...one, operation: renamed(one.operation, ids) });
      continue;
    }
    const operation = parent === undefined ? one.operation : withParent(one.operation, parent);
    changed.push(one.id === entry.id ? { ...one, id: around.newId(), operation: renamed(operation, ids) } : { ...one, operation });
  }
  await tx.deleteOutbox([entry.id]);
  await tx.putOutbox(changed);
}

function renamed(operation: OutboxEntry["operation"], ids: ReadonlyMap<string, string>): OutboxEntry["operation"] {
  const other = (id: string) => ids.get(id) ?? id;
  if ("messageIds" in operation) return { ...operation, messageIds: operation.messageIds.map(other) };
  if (operation.type === "append-message") return { ...operation, message: { ...operation.message, id: other(operation.message.id) } };
  if (operation.type !== "ask") return operation;
  const message = operation.message && { ...operation.message, id: other(operation.message.id) };
  return { ...operation, message, answerIds: operation.answerIds.map(other) };
}

/** Its conversation is deleted: the text goes on as a message of a conversation of its own, one for each deleted conversation. */
async function recover(tx: Writing, entry: OutboxEntry, around: Surroundings): Promise<void> {
  const { conversationId, madeAt } = entry;
  let target = (await tx.recoveryOf(conversationId))?.conversationId;
  const last = (await tx.orders())?.last ?? 0;
  const fresh: OutboxEntry = { ...entry, id: around.newId(), order: last + 2, looks: 0 };
  const entries: OutboxEntry[] = [];
  if (target === undefined) {
    target = around.newId();
    const [row] = await tx.conversations([conversationId]);
    const title = row?.title ? `Recovered: ${row.title}` : `Recovered: ${textOfOperation(entry.operation).slice(0, 60)}`;
    const conversation = { id: target, title, metadata: { [recoveredFrom]: conversationId }, createdAt: madeAt };
    const operation = { type: "create-conversation" as const, conversation };
    entries.push({ ...fresh, id: around.newId(), order: last + 1, conversationId: target, operation });
  }
  const message = asMessage(entry, around);
  entries.push({ ...fresh, conversationId: target, operation: { type: "append-message", conversationId: target, message } });
  await tx.deleteOutbox([entry.id]);
  await tx.putOutbox(entries);
}

/** The question as a plain message under the head; it is asked again when its author wants it. */
function asMessage({ operation, madeAt }: OutboxEntry, around: Surroundings): NewMessage {
  const id = around.newId();
  if (operation.type === "append-message") return { ...operation.message, id, parentId: undefined };
  const content = operation.type === "ask" ? (operation.message?.content ?? []) : [];
  return { id, role: "user", content, createdAt: madeAt };
}
