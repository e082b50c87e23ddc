// How much room there is on the device, and what leaves it first when there is too little.
import type { DeviceStorage, StorageSnapshot } from "../client";
import type { DexieStore } from "../store/dexie-store";
import { Observable } from "../observable";

const gib = 1024 ** 3;
/** At most this, and at most half of what the browser would give. */
const bytesBudgetMax = 2 * gib;
/** Beyond the budget, this part of the conversations that are held leaves at once; then it is measured again. */
const leavingPart = 0.1;

export class LocalStorageRoom extends Observable<StorageSnapshot> implements DeviceStorage {
  constructor(private readonly manager: Pick<StorageManager, "estimate" | "persist" | "persisted"> | undefined) {
    super({ isPersisted: false, bytesUsed: 0, bytesQuota: 0, bytesBudget: bytesBudgetMax });
  }

  async refresh(): Promise<void> {
    try {
      const [estimate, isPersisted] = [await this.manager?.estimate(), await this.manager?.persisted()];
      const bytesQuota = estimate?.quota ?? 0;
      const bytesBudget = bytesQuota > 0 ? Math.min(bytesBudgetMax, Math.floor(bytesQuota / 2)) : bytesBudgetMax;
      const next = { isPersisted: isPersisted ?? false, bytesUsed: estimate?.usage ?? 0, bytesQuota, bytesBudget };
      if (JSON.stringify(next) !== JSON.stringify(this.snapshot())) this.publish(next);
    } catch {
      // The browser does not say; what was known stays.
    }
  }

  async persist(): Promise<boolean> {
    const isPersisted = (await this.manager?.persist().catch(() => false)) ?? false;
    await this.refresh();
    return isPersisted;
  }

  async hasRoom(): Promise<boolean> {
    await this.refresh();
    const { bytesUsed, bytesBudget } = this.snapshot();
    return bytesUsed < 0.9 * bytesBudget;
  }
}

/**
 * Takes messages off the device while it holds more than its budget: those of the conversations that were opened the longest time ago, or never
 * and are old. Conversations themselves, what waits in the outbox, and what is being written stay.
 */
export async function keepWithinBudget(store: DexieStore, room: LocalStorageRoom): Promise<number> {
  await room.refresh();
  const { bytesUsed, bytesBudget } = room.snapshot();
  if (bytesUsed <= bytesBudget) return 0;
  const ids = await leavingFirst(store);
  const leaving = ids.slice(0, Math.max(1, Math.ceil(ids.length * leavingPart)));
  for (const id of leaving) await store.write((tx) => tx.deleteMessagesOf([id]));
  await room.refresh();
  return leaving.length;
}

export async function leavingFirst(store: DexieStore): Promise<string[]> {
  const { held, busy, activity } = await store.read(async (tx) => {
    const busyIds = new Set([...(await tx.outbox()), ...(await tx.unfinished())].map((row) => row.conversationId));
    const updated = new Map((await tx.allConversations()).map((row) => [row.id, row.updatedAt]));
    return { held: await tx.conversationsWithMessages(), busy: busyIds, activity: updated };
  });
  const opened = new Map((await store.db.opened.toArray()).map((row) => [row.conversationId, row.openedAt]));
  const age = (id: string) => opened.get(id) ?? activity.get(id) ?? 0;
  return held.filter((id) => !busy.has(id)).sort((a, b) => age(a) - age(b));
}
