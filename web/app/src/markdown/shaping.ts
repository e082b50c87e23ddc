// What is laid out slowly, sign by sign: scripts whose letters join or stack, and emoji that are made of several.

/** A sign of such a script costs as much as this many letters. */
export const shapedWeight = 3;

/** Hebrew to Myanmar, the joiner, and the pictures beyond the first plane (their leading halves). */
const shaped = /[\u0590-\u10ff\u200d\ud83c-\ud83e]/;

export function isShaped(unit: number): boolean {
  return (unit >= 0x590 && unit < 0x1100) || unit === 0x200d || (unit >= 0xd83c && unit <= 0xd83e);
}

export function hasShaped(text: string): boolean {
  return shaped.test(text);
}

/** Whether the text, were all of it plain letters, would be longer than `weight`. Reads no more of it than that takes: it may be of any length. */
export function isHeavierThan(text: string, weight: number): boolean {
  if (text.length > weight) return true;
  let left = weight - text.length;
  for (let at = 0; at < text.length && left >= 0; at += 1) if (isShaped(text.charCodeAt(at))) left -= shapedWeight - 1;
  return left < 0;
}
