// Words of a text, folded as the server folds them: NFKC, then case. Beyond that, a word that is typed without accents finds those with them.

export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ").normalize("NFKC");
}

const accents = /[\u0300-\u036f]/g;
const plain = /^[\x00-\x7f]*$/;

/** A folded word as it is typed in a hurry: "uber" for "über". */
export function withoutAccents(folded: string): string {
  return plain.test(folded) ? folded : folded.normalize("NFD").replace(accents, "").normalize("NFC");
}

/** Scripts that are written without spaces, or where a part of a word is looked for: their words match anywhere. */
const scripts = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Hangul}`;
const unspaced = new RegExp(`[${scripts}]`, "u");
/** A word ends where the writing changes to or from one of these. */
const word = new RegExp(String.raw`[${scripts}][${scripts}\p{M}]*|(?:(?![${scripts}])[\p{L}\p{N}\p{M}])+`, "gu");

export function wordsOf(text: string): string[] {
  return fold(text).match(word) ?? [];
}

export function isUnspaced(text: string): boolean {
  return unspaced.test(text);
}

/** Where each of `words` (already folded) begins a word of `text`, in `text`'s own units; null when one of them does not. */
export function matchWords(text: string, words: readonly string[]): { from: number; to: number }[] | null {
  const ranges: { from: number; to: number }[] = [];
  const spans = [...text.matchAll(word)].map((match) => ({ at: match.index, raw: match[0], folded: fold(match[0]) }));
  for (const wanted of words) {
    let isFound = false;
    for (const { at, raw, folded } of spans) {
      const begins = folded.startsWith(wanted) || withoutAccents(folded).startsWith(wanted);
      const inside = isUnspaced(wanted) ? folded.indexOf(wanted) : begins ? 0 : -1;
      if (inside < 0) continue;
      isFound = true;
      // Folding keeps the length but for a few letters; a range is cut at the word's end at the latest.
      ranges.push({ from: at + Math.min(inside, raw.length), to: at + Math.min(inside + wanted.length, raw.length) });
      if (ranges.length > 20) break;
    }
    if (!isFound) return null;
  }
  return ranges.sort((a, b) => a.from - b.from);
}
