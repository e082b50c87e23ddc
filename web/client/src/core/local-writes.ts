// Everything a person does, as entries of the outbox. What is shown follows from them: there is no second place to write to.
import { cleanedOperation } from "./clean";
import type { LocalStore, Reading } from "./local-store";
import { conversationOf, filesOfOperation, messageIdsOf, textOfOperation, withoutEntry, type Operation, type OutboxEntry } from "./outbox";
import type { Surroundings } from "./server-door";

/**
 * Resolves when all of them are on the device, for good; rejects, with none of them stored, when the device has no room. A function makes them of
 * what the device holds at that moment.
 */
export async function enqueue(
  store: LocalStore,
  around: Surroundings,
  wanted: readonly Operation[] | ((tx: Reading) => Promise<readonly Operation[]>),
): Promise<OutboxEntry[]> {
  const madeAt = around.now();
  return store.write(async (tx) => {
    const operations = (typeof wanted === "function" ? await wanted(tx) : wanted).map(cleanedOperation);
    const last = (await tx.orders())?.last ?? 0;
    const entries = operations.map((operation, index): OutboxEntry => {
      const conversationId = conversationOf(operation);
      const order = last + 1 + index;
      return { id: around.newId(), order, conversationId, operation, madeAt, state: "waiting", reason: "", looks: 0, isHeal: false };
    });
    await tx.putOutbox(entries);
    return entries;
  });
}

/** Puts failed entries back among the waiting ones, with what failed because of them. Without an id: all of them. */
export async function retryEntries(store: LocalStore, around: Surroundings, id?: string): Promise<void> {
  await store.write(async (tx) => {
    const [chosen] = id === undefined ? [] : await tx.outboxEntries([id]);
    const isMeant = (entry: OutboxEntry) => id === undefined || entry.conversationId === chosen?.conversationId;
    const again = (await tx.failedEntries()).filter(isMeant);
    // What its files were refused for may be otherwise now.
    const files = new Set(again.flatMap((entry) => filesOfOperation(entry.operation).map((file) => file.attachmentId)));
    if (files.size > 0) await tx.putUnsentFiles((await tx.unsentFiles()).filter((file) => files.has(file.id)).map((file) => ({ ...file, reason: "" })));
    await tx.putOutbox(again.map((entry) => ({ ...entry, state: "waiting", reason: "", looks: 0, madeAt: around.now() })));
  });
}

/** Throws an entry away, with what cannot be without it. Returns the texts that are gone with it. */
export async function discardEntry(store: LocalStore, id: string): Promise<string> {
  return store.write(async (tx) => {
    const [chosen] = await tx.outboxEntries([id]);
    const outbox = chosen ? await tx.outboxOf([chosen.conversationId]) : [];
    const { removed, changed } = withoutEntry(outbox, id);
    const gone = outbox.filter((entry) => removed.includes(entry.id) && messageIdsOf(entry.operation).length > 0);
    await tx.deleteOutbox(removed);
    await tx.putOutbox(changed);
    return gone.map((entry) => textOfOperation(entry.operation)).filter((text) => text !== "").join("\n\n");
  });
}
