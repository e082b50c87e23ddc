// What is being written: by hand, and in long pieces that were pasted. Kept on this device at each change, and followed from tab to tab.
import { Observable, type AttachmentBlock, type Drafts, type LocalConversationView, type PastedText } from "@threadkeep/client";
import { dropFile } from "../files/attaching";
import { drafts } from "../state/app-state";

export interface Pasted extends PastedText {
  readonly id: number;
  /** As much as it takes in a message. */
  readonly bytes: number;
}

export interface Written {
  readonly text: string;
  readonly pasted: readonly Pasted[];
  readonly files: readonly AttachmentBlock[];
}

export function isNothing({ text, pasted, files }: Written): boolean {
  return text.trim() === "" && pasted.length === 0 && files.length === 0;
}

/** A field that holds more of it is slow in every browser: such a text stands beside the field. */
const longCharsMin = 8_000;
const longLinesMin = 200;

export function isLong(text: string): boolean {
  return text.length >= longCharsMin || text.split("\n", longLinesMin).length === longLinesMin;
}

/** What the server takes as one message: its content, as JSON. */
export const messageBytesMax = 4 * 1024 * 1024;
/** Of a text by itself, beside the quotes and names around it. */
const frameBytes = 64;

export function bytesOf({ text, pasted, files }: Written): number {
  return frameBytes + jsonBytes(text) + (files.length > 0 ? jsonBytes(JSON.stringify(files)) : 0) + pasted.reduce((sum, one) => sum + one.bytes, 0);
}

function jsonBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length;
}

/** All of it as one text, in the order in which it is shown. */
export function wholeOf({ text, pasted }: Pick<Written, "text" | "pasted">): string {
  const at = (place: Pasted["place"]) => pasted.filter((one) => one.place === place).map((one) => one.text);
  return [...at("before"), text, ...at("after")].filter((piece) => piece.trim() !== "").join("\n\n");
}

const nothing: Written = { text: "", pasted: [], files: [] };

/** Another tab's text comes in at its pauses, and not while one types here. */
const followMs = 300;
const typingMs = 2000;

let lastId = 0;
function pastedOf({ text, place }: PastedText): Pasted {
  return { id: (lastId += 1), text, place, bytes: jsonBytes(text) };
}

export class Writing extends Observable<Written> {
  private key: string | null = null;
  /** What this tab and the others know as the draft. */
  private known = "";
  private typedAt = 0;

  /** Without drafts it is kept nowhere. */
  constructor(private readonly drafts: Pick<Drafts, "draft" | "keepDraft" | "pasted" | "keepPasted" | "files" | "keepFiles" | "followDraft"> | null) {
    super(nothing);
  }

  /**
   * Takes the draft of this conversation, and keeps every change of it there. A new conversation gets its place so: what is written by then goes
   * along. The function that it returns ends the following of other tabs.
   */
  keepUnder(key: string): () => void {
    if (!this.drafts) return () => undefined;
    const written = this.snapshot();
    if (this.key !== null && this.key !== key) {
      this.keep(nothing);
      this.key = key;
      this.keep(written);
    } else {
      this.key = key;
      this.known = this.drafts.draft(key);
      this.publish({ text: this.known, pasted: this.drafts.pasted(key).map(pastedOf), files: this.drafts.files(key) });
    }
    return this.followOthers(key);
  }

  write(text: string): void {
    const before = this.snapshot();
    if (text === before.text) return;
    this.typedAt = Date.now();
    const added = text.length - before.text.length;
    if (added >= longCharsMin) return this.paste(...insertedInto(before.text, text));
    this.take({ ...before, text });
  }

  paste(text: string, place: PastedText["place"]): void {
    const before = this.snapshot();
    this.take({ ...before, pasted: [...before.pasted, pastedOf({ text, place })] });
  }

  /** The same file again is there once. */
  addFile(file: AttachmentBlock): void {
    const before = this.snapshot();
    const others = before.files.filter((one) => one.attachmentId !== file.attachmentId);
    this.take({ ...before, files: [...others, file] });
  }

  takeOutFile(id: string): void {
    const before = this.snapshot();
    this.take({ ...before, files: before.files.filter((one) => one.attachmentId !== id) });
    dropFile(id);
  }

  takeOut(id: number): void {
    const before = this.snapshot();
    this.take({ ...before, pasted: before.pasted.filter((one) => one.id !== id) });
  }

  /** Puts the piece into the field, to be changed there. */
  putInField(id: number): void {
    const { text, pasted, files } = this.snapshot();
    const piece = pasted.find((one) => one.id === id);
    if (!piece) return;
    const texts = piece.place === "before" ? [piece.text, text] : [text, piece.text];
    this.take({ text: texts.filter((one) => one !== "").join("\n\n"), pasted: pasted.filter((one) => one !== piece), files });
  }

  /** In front of what is written: a message that was to be sent and was taken back. */
  putBack(text: string, files: readonly AttachmentBlock[] = []): void {
    for (const file of files) this.addFile(file);
    const before = this.snapshot();
    if (text === "") return;
    if (isLong(text)) this.take({ ...before, pasted: [pastedOf({ text, place: "before" }), ...before.pasted] });
    else this.take({ ...before, text: before.text ? `${text}\n\n${before.text}` : text });
  }

  clear(): void {
    this.take(nothing);
  }

  private take(next: Written): void {
    this.keep(next);
    this.publish(next);
  }

  private keep({ text, pasted, files }: Written): void {
    if (!this.drafts || this.key === null) return;
    // What was sent from here takes away the draft that it was, not one that was written elsewhere meanwhile.
    if (text !== this.known && (text !== "" || this.drafts.draft(this.key) === this.known)) this.drafts.keepDraft(this.key, text);
    this.known = text;
    if (files !== this.snapshot().files || files.length === 0) this.drafts.keepFiles(this.key, files);
    if (pasted !== this.snapshot().pasted || pasted.length === 0) this.drafts.keepPasted(this.key, pasted.map(({ text: piece, place }) => ({ text: piece, place })));
  }

  /** Only a text that the other tab had seen gives way to what was made of it there. */
  private followOthers(key: string): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = "";
    const take = () => {
      timer = undefined;
      const written = this.drafts!.draft(key);
      const before = this.snapshot();
      if (before.text !== seen || seen === written) return;
      this.known = written;
      this.publish({ ...before, text: written });
    };
    const stop = this.drafts!.followDraft(key, (before) => {
      if (timer !== undefined) return;
      seen = before;
      timer = setTimeout(take, Math.max(followMs, this.typedAt + typingMs - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }
}

/** What was put into `before` to make `after` of it, and whether anything stood in front of it. */
function insertedInto(before: string, after: string): [string, PastedText["place"]] {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [after.slice(start, after.length - end), start === 0 ? "before" : "after"];
}

const writings = new WeakMap<LocalConversationView, Writing>();

/** What is being written in a conversation. */
export function writingOf(view: LocalConversationView): Writing {
  const made = writings.get(view) ?? new Writing(drafts);
  writings.set(view, made);
  return made;
}
