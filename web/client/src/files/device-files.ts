// Files that messages refer to, on this device: attached here, kept until the server has them, shown without it. Loaded when it is first used.
import type { DeviceFiles, FileState } from "../client";
import { StorageFullError, type LocalStore, type Writing } from "../core/local-store";
import type { UnsentFile } from "../core/unsent-file";
import { filesOfOperation, isFileSent } from "../core/outbox";
import type { Surroundings } from "../core/server-door";
import { fail } from "../core/settle";
import { backoffMs } from "../generation-stream";
import { Observable } from "../observable";
import { ProblemError, UnreachableError } from "../problem";
import type { AttachmentBlock } from "../types";
import { canBeDrawn, pictureOf } from "./picture-size";
import type { FileShelf } from "./shelf";
import type { Upload } from "./upload";

export interface DeviceFilesParts {
  store: LocalStore;
  shelf: FileShelf;
  upload: Upload;
  around: Surroundings;
  baseUrl: string;
  /** For locks between tabs. */
  name: string;
  /** How many more bytes the device has room for, beside what it holds; infinite when the browser does not say. */
  roomFor: () => Promise<number>;
  /** How many bytes of files are held that the server has as well. */
  cacheBytesMax: () => number;
  /** The files of what is being written. */
  drafted: () => ReadonlySet<string>;
  signal: AbortSignal;
}

/** A file cannot be attached; a sentence says why. */
export class FileRefusedError extends Error {
  override readonly name = "FileRefusedError";
}

const dayMs = 24 * 3600 * 1000;
/** A larger one is read from the server each time. */
const cachedBytesMax = 64 * 1024 * 1024;
/** Enough for every header that says the size of a picture. */
const headBytes = 256 * 1024;
const atOnceMax = 2;
/** Of one that is smaller than this the whole is as quick to have. */
const smallBytesMax = 100 * 1024;
const smallSide = 640;

export class LocalFiles extends Observable<ReadonlyMap<string, FileState>> implements DeviceFiles {
  private readonly running = new Map<string, AbortController>();
  private readonly fetching = new Map<string, Promise<Blob | null>>();
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly parts: DeviceFilesParts) {
    super(new Map());
    const stop = parts.store.subscribe(({ files }) => files.size > 0 && void this.readStates());
    parts.signal.addEventListener("abort", () => {
      stop();
      if (this.timer) clearTimeout(this.timer);
      for (const upload of this.running.values()) upload.abort();
    });
    void this.readStates();
  }

  async add(file: File): Promise<AttachmentBlock> {
    const { shelf, store, around } = this.parts;
    if (file.size === 0) throw new FileRefusedError("It is empty.");
    if ((await this.parts.roomFor()) < file.size) throw new FileRefusedError("There is no room for it on this device.");
    const bytes = await file.arrayBuffer().catch(() => {
      throw new FileRefusedError("It cannot be read.");
    });
    const id = hex(await crypto.subtle.digest("SHA-256", bytes));
    const picture = pictureOf(new Uint8Array(bytes, 0, Math.min(bytes.byteLength, headBytes)));
    const mediaType = picture?.mediaType ?? typeOf(file);
    try {
      await shelf.put(id, new Blob([bytes], { type: mediaType }));
      await store.write(async (tx) => {
        const held = (await tx.unsentFiles()).find((one) => one.id === id);
        const fresh: UnsentFile = { id, mediaType, size: file.size, addedAt: around.now(), sentAt: null, reason: "" };
        await tx.putUnsentFiles([held && isFileSent(held, around.now()) ? held : fresh]);
      });
    } catch (error) {
      if (error instanceof StorageFullError) throw new FileRefusedError("There is no room for it on this device.");
      throw error;
    }
    void this.sendWaiting();
    const block: AttachmentBlock = { type: picture ? "image" : "file", attachmentId: id, name: file.name || nameFor(mediaType), mediaType, size: file.size };
    return picture && canBeDrawn(picture) ? { ...block, width: picture.width, height: picture.height } : block;
  }

  async retry(id: string): Promise<void> {
    await this.change(id, async (tx, row) => tx.putUnsentFiles([{ ...row, reason: "", sentAt: null }]));
    this.failures = 0;
    await this.sendWaiting();
  }

  async drop(id: string): Promise<void> {
    this.running.get(id)?.abort();
    const { store, shelf, drafted } = this.parts;
    if (drafted().has(id)) return;
    const isGone = await store.write(async (tx) => {
      const [row] = (await tx.unsentFiles()).filter((one) => one.id === id);
      const isWanted = (await tx.outbox()).some((entry) => filesOfOperation(entry.operation).some((file) => file.attachmentId === id));
      if (!row || isWanted) return false;
      await tx.deleteUnsentFiles([id]);
      return row.sentAt === null;
    });
    if (isGone) await shelf.remove([id]);
  }

  /** What waits is sent, as much at once as is good for the rest of the page. */
  async sendWaiting(): Promise<void> {
    const now = this.parts.around.now();
    const rows = await this.parts.store.read((tx) => tx.unsentFiles()).catch(() => []);
    for (const row of rows) {
      if (row.reason !== "") await this.failWhatWaits(row.id, row.reason);
      else if (!isFileSent(row, now) && this.running.size < atOnceMax && !this.running.has(row.id)) void this.send(row);
    }
  }

  async read(id: string): Promise<Blob | null> {
    return (await this.held(id)) ?? this.fetchOnce(id, () => this.fetch(id));
  }

  async small({ attachmentId: id, mediaType, size }: AttachmentBlock): Promise<Blob | null> {
    // Of those the small one would not move.
    const mayMove = mediaType === "image/gif" || mediaType === "image/webp";
    const held = await this.held(id);
    if (held || mayMove || !(size > smallBytesMax)) return held ?? this.read(id);
    const name = `${id}-${smallSide}`;
    const small = (await this.held(name)) ?? (await this.fetchOnce(name, () => this.fetch(id, `/thumbnail?size=${smallSide}`, name)));
    return small ?? this.read(id);
  }

  async held(id: string): Promise<Blob | null> {
    return (await this.parts.shelf.get(id).catch(() => undefined)) ?? null;
  }

  /** Forgets what nobody waits for, and bytes that the server has while they are too many. */
  async tidy(): Promise<void> {
    const { store, shelf, around, drafted, cacheBytesMax } = this.parts;
    const now = around.now();
    const needed = await store.write(async (tx) => {
      const wanted = new Set([...drafted(), ...(await tx.outbox()).flatMap((entry) => filesOfOperation(entry.operation).map((file) => file.attachmentId))]);
      const rows = await tx.unsentFiles();
      const isKept = (row: UnsentFile) => wanted.has(row.id) || now - row.addedAt < dayMs;
      await tx.deleteUnsentFiles(rows.filter((row) => !isKept(row)).map((row) => row.id));
      return new Set([...wanted, ...rows.filter(isKept).map((row) => row.id)]);
    });
    const all = await shelf.list();
    let bytes = all.reduce((sum, file) => sum + file.size, 0);
    for (const file of all) {
      if (bytes <= cacheBytesMax()) return;
      if (needed.has(file.id)) continue;
      await shelf.remove([file.id]);
      bytes -= file.size;
    }
  }

  /** In one tab at a time. */
  private async send(row: UnsentFile): Promise<void> {
    const upload = new AbortController();
    this.running.set(row.id, upload);
    const work = async () => {
      const bytes = await this.parts.shelf.get(row.id);
      if (!bytes) return this.refuse(row.id, "Its bytes are not on this device any more.");
      this.show(row.id, { size: row.size, sentBytes: 0, state: "sending", reason: "" });
      const onProgress = (sentBytes: number) => !upload.signal.aborted && this.show(row.id, { size: row.size, sentBytes: Math.min(sentBytes, row.size), state: "sending", reason: "" });
      await this.parts.upload({ baseUrl: this.parts.baseUrl, id: row.id, bytes, mediaType: row.mediaType, onProgress, signal: upload.signal });
      this.failures = 0;
      await this.change(row.id, async (tx, now) => tx.putUnsentFiles([{ ...now, sentAt: this.parts.around.now(), reason: "" }]));
    };
    try {
      await this.alone(row.id, work);
      this.running.delete(row.id);
      if (!this.parts.signal.aborted) await this.sendWaiting();
    } catch (error) {
      this.running.delete(row.id);
      if (upload.signal.aborted) return;
      if (error instanceof ProblemError && isFinal(error)) return this.refuse(row.id, sentenceOf(error));
      this.show(row.id, { size: row.size, sentBytes: 0, state: "waiting", reason: error instanceof UnreachableError ? "" : sentenceOf(error) });
      this.failures += 1;
      this.timer ??= setTimeout(() => {
        this.timer = null;
        void this.sendWaiting();
      }, backoffMs(this.failures));
    }
  }

  private async alone(id: string, work: () => Promise<void>): Promise<void> {
    const locks = (globalThis.navigator as Navigator | undefined)?.locks;
    if (!locks) return work();
    // Another tab sends it: what comes of it is heard from the store.
    await locks.request(`${this.parts.name}.file.${id}`, { ifAvailable: true }, async (lock) => (lock ? work() : undefined));
  }

  private async refuse(id: string, reason: string): Promise<void> {
    await this.change(id, async (tx, row) => tx.putUnsentFiles([{ ...row, reason }]));
    await this.failWhatWaits(id, reason);
  }

  private async failWhatWaits(id: string, reason: string): Promise<void> {
    await this.parts.store.write(async (tx) => {
      for (const entry of await tx.outbox()) {
        const file = entry.state === "waiting" ? filesOfOperation(entry.operation).find((one) => one.attachmentId === id) : undefined;
        if (file) await fail(tx, entry, `“${file.name}” was not taken. ${reason}`);
      }
    });
  }

  private async change(id: string, work: (tx: Writing, row: UnsentFile) => Promise<void>): Promise<void> {
    await this.parts.store.write(async (tx) => {
      const row = (await tx.unsentFiles()).find((one) => one.id === id);
      if (row) await work(tx, row);
    });
  }

  private async readStates(): Promise<void> {
    const now = this.parts.around.now();
    const rows = await this.parts.store.read((tx) => tx.unsentFiles()).catch(() => null);
    if (!rows) return;
    const before = this.snapshot();
    const next = new Map<string, FileState>();
    for (const row of rows) {
      if (isFileSent(row, now)) continue;
      const known = before.get(row.id);
      if (row.reason !== "") next.set(row.id, { size: row.size, sentBytes: 0, state: "failed", reason: row.reason });
      else next.set(row.id, known && known.state !== "failed" ? known : { size: row.size, sentBytes: 0, state: "waiting", reason: "" });
    }
    this.publish(next);
  }

  private show(id: string, state: FileState): void {
    this.publish(new Map(this.snapshot()).set(id, state));
  }

  private fetchOnce(name: string, fetch: () => Promise<Blob | null>): Promise<Blob | null> {
    const fetching = this.fetching.get(name) ?? fetch().finally(() => this.fetching.delete(name));
    this.fetching.set(name, fetching);
    return fetching;
  }

  private async fetch(id: string, rest = "", name = id): Promise<Blob | null> {
    // A message may name anything: what cannot be a file is not asked for.
    if (!/^[0-9a-f]{64}$/.test(id)) return null;
    let response: Response;
    try {
      response = await fetch(`${this.parts.baseUrl}/api/attachments/${encodeURIComponent(id)}${rest}`, { signal: this.parts.signal });
    } catch (error) {
      throw new UnreachableError(error);
    }
    if (response.status === 404 || response.status === 400) return null;
    // Without a small one there is still the whole.
    if (!response.ok && rest !== "") return null;
    if (!response.ok) throw new UnreachableError();
    const bytes = await response.blob();
    if (bytes.size <= cachedBytesMax && (await this.parts.roomFor()) > bytes.size) void this.parts.shelf.put(name, bytes).catch(() => undefined);
    return bytes;
  }
}

/** What a later try of the same would meet again. */
function isFinal(error: ProblemError): boolean {
  return error.kind === "quota-reached" || (error.status >= 400 && error.status < 500 && ![401, 403, 408, 421, 425, 429].includes(error.status));
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ProblemError)) return "It could not be sent.";
  if (error.kind === "too-large") return "It is larger than the server takes.";
  if (error.kind === "quota-reached") return "All your files together are as large as the server allows.";
  if (error.kind === "storage-full") return "The disk of the server is full. It is tried again.";
  return error.message;
}

/** What a browser knows of it; the server wants a type of two words. */
function typeOf({ type }: File): string {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+/.exec(type)?.[0].toLowerCase() ?? "application/octet-stream";
}

function nameFor(mediaType: string): string {
  return mediaType.startsWith("image/") ? `picture.${mediaType.slice(6).replace("jpeg", "jpg")}` : "file";
}

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
