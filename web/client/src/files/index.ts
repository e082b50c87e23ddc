// Puts together what the client knows of files.
import type { LocalStore } from "../core/local-store";
import type { Surroundings } from "../core/server-door";
import type { Drafts } from "../drafts";
import type { LocalStorageRoom } from "../local/device-storage";
import type { DeviceDatabase } from "../store/dexie-store";
import { LocalFiles } from "./device-files";
import { DeviceShelf, MemoryShelf } from "./shelf";
import { uploadFile } from "./upload";

interface FilesParts {
  store: LocalStore;
  /** Null: the browser gives no storage. */
  db: DeviceDatabase | null;
  baseUrl: string;
  around: Surroundings;
  name: string;
  storage: LocalStorageRoom;
  drafts: Drafts;
  signal: AbortSignal;
}

/** Of the budget of the device. */
const cachePart = 0.25;

export function makeFiles({ store, db, storage, drafts, ...rest }: FilesParts): LocalFiles {
  return new LocalFiles({
    ...rest,
    store,
    shelf: db ? new DeviceShelf(db) : new MemoryShelf(),
    upload: uploadFile,
    roomFor: async () => {
      await storage.refresh();
      const { bytesUsed, bytesQuota, bytesBudget } = storage.snapshot();
      return bytesQuota === 0 ? Number.POSITIVE_INFINITY : Math.min(bytesQuota * 0.9, Math.max(bytesBudget, bytesQuota / 2)) - bytesUsed;
    },
    cacheBytesMax: () => storage.snapshot().bytesBudget * cachePart,
    drafted: () => drafts.allFiles(),
  });
}
