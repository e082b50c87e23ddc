// What is laid out slowly, sign by sign: scripts whose letters join or stack, and emoji that are made of several.

/** A sign of such a script costs as much as this many letters. */
export const shapedWeight = 3;

/** Hebrew to Myanmar, the joiner, and the pictures beyond the first plane (their leading halves). */
const shaped = /[\u0590-\u10ff\u200d\ud83c-\ud83e]/;
const allShaped = new RegExp(shaped, "g");

export function isShaped(unit: number): boolean {
  return (unit >= 0x590 && unit < 0x1100) || unit === 0x200d || (unit >= 0xd83c && unit <= 0xd83e);
}

export function hasShaped(text: string): boolean {
  return shaped.test(text);
}

/** The length of the text, were all of it plain letters. */
export function weightOf(text: string): number {
  return text.length + (shapedWeight - 1) * (text.match(allShaped)?.length ?? 0);
}
