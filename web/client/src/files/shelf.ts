// The bytes of files on this device: those that were attached here, and copies of those that were looked at.
import type { DeviceDatabase } from "../store/dexie-store";
import { StorageFullError } from "../core/local-store";

export interface ShelvedFile {
  readonly id: string;
  readonly size: number;
  readonly usedAt: number;
}

export interface FileShelf {
  /** Counts as a use. */
  get(id: string): Promise<Blob | undefined>;
  /** Rejects with StorageFullError when there is no room. */
  put(id: string, bytes: Blob): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Those not used for longest first. */
  list(): Promise<ShelvedFile[]>;
}

export class DeviceShelf implements FileShelf {
  constructor(private readonly db: DeviceDatabase) {}

  async get(id: string): Promise<Blob | undefined> {
    const record = await this.db.files.get(id);
    if (record) void this.db.files.update(id, { usedAt: Date.now() }).catch(() => undefined);
    return record?.bytes;
  }

  async put(id: string, bytes: Blob): Promise<void> {
    try {
      await this.db.files.put({ id, bytes, size: bytes.size, usedAt: Date.now() });
    } catch (error) {
      throw new StorageFullError("There is no room on this device.", { cause: error });
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.db.files.bulkDelete([...ids]);
  }

  list(): Promise<ShelvedFile[]> {
    return this.db.files.orderBy("usedAt").toArray();
  }
}

/** Of a browser that gives no storage. */
export class MemoryShelf implements FileShelf {
  private readonly blobs = new Map<string, Blob>();

  async get(id: string): Promise<Blob | undefined> {
    const bytes = this.blobs.get(id);
    if (bytes) {
      this.blobs.delete(id);
      this.blobs.set(id, bytes);
    }
    return bytes;
  }

  async put(id: string, bytes: Blob): Promise<void> {
    this.blobs.delete(id);
    this.blobs.set(id, bytes);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.blobs.delete(id);
  }

  async list(): Promise<ShelvedFile[]> {
    return [...this.blobs].map(([id, { size }], usedAt) => ({ id, size, usedAt }));
  }
}
