/** A file that was attached on this device: until the server has it, what refers to it waits. Its bytes lie beside the rows; see files/. */
export interface UnsentFile {
  /** The SHA-256 of its bytes: its `attachmentId`. */
  id: string;
  mediaType: string;
  size: number;
  addedAt: number;
  /** When the server had all of it last; null: it does not have it. */
  sentAt: number | null;
  /** Why the server refused it for good, as a sentence; "" otherwise. */
  reason: string;
}
