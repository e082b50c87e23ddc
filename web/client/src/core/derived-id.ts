const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID that is made from another one and a word: the same everywhere, and as good as never the same for two ids. */
export function derivedId(id: string, word: string): string {
  let tail = "";
  let hash = 0x811c9dc5;
  for (let i = 0; i < 16; i += 1) {
    for (const letter of `${word} ${i} ${id}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    tail += alphabet[(hash ^ (hash >>> 15)) & 31];
  }
  return id.slice(0, 10) + tail;
}
