// Folding, the words of a query, and where they are in a text: the server's rule (src/search/search_words.h), tests/vectors/words.json.

/** Also upper case and back, for letters that fold into several. The dotless i is its own letter, small Cherokee folds to the old letters. */
function withoutCase(text: string): string {
  const lower = text.replace(/[^\u0131]+/gu, (piece) => piece.toUpperCase().toLowerCase()).replaceAll("ς", "σ");
  return lower.replace(/[\uab70-\uabbf\u13f8-\u13fd]/gu, (letter) => letter.toUpperCase());
}

const ascii = /^[\x00-\x7f]*$/;
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/** NFKC without case and without what cannot be seen; marks stay. */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return withoutCase(text.normalize("NFKD")).normalize("NFKD").replace(ignorable, "").normalize("NFC");
}

const accents = /[\u0300-\u036f]/g;

/** A folded text as it is typed in a hurry: "uber" for "über". */
export function withoutAccents(folded: string): string {
  return ascii.test(folded) ? folded : folded.normalize("NFD").replace(accents, "").normalize("NFC");
}

/** Scripts that are written without spaces: a word ends where the writing changes to or from them. */
const unspacedLetters =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u1100-\\u11ff\\uac00-\\ud7ff\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{1b000}-\\u{1b16f}\\u{20000}-\\u{3ffff}";
const unspaced = new RegExp(`[${unspacedLetters}]`, "u");
const unspacedWord = `(?=[\\p{L}\\p{N}])[${unspacedLetters}](?:\\p{M}|(?=[\\p{L}\\p{N}])[${unspacedLetters}])*`;
const otherWord = `(?:\\p{M}|(?![${unspacedLetters}])[\\p{L}\\p{N}])(?:\\p{M}|(?![${unspacedLetters}])[\\p{L}\\p{N}])*`;
/** What is looked for as it stands: currency, mathematics, emoji, and two signs that make names ("C#", "100 %"). Others only frame words. */
const sign = "[#%\\p{Sc}\\p{Sm}\\p{So}\\u{1f3fb}-\\u{1f3ff}]";
const wordsAndSigns = new RegExp(`${unspacedWord}|${otherWord}|${sign}(?:${sign}|\\p{M})*`, "gu");
const anySigns = /[^\s\p{Cc}\p{Z}\p{L}\p{N}\p{M}][^\s\p{Cc}\p{Z}\p{L}\p{N}]*/gu;
const letter = /[\p{L}\p{N}]/u;
const wordsMax = 8;

/** The words of a query. Signs that only frame words count when there is nothing else. */
export function wordsOf(query: string): string[] {
  const folded = fold(query);
  const words = folded.match(letter.test(folded) ? wordsAndSigns : anySigns) ?? [];
  return [...new Set(words)].slice(0, wordsMax);
}

/** All words of a text, and its runs of signs, those too that only frame words. */
export function allWordsOf(text: string): Set<string> {
  const folded = fold(text);
  return new Set([...(folded.match(wordsAndSigns) ?? []), ...(folded.match(anySigns) ?? [])]);
}

export function isUnspaced(text: string): boolean {
  return unspaced.test(text);
}

/** `[from, to)` in UTF-16 units of the text they come with. */
interface Place {
  from: number;
  to: number;
}

/** Places marked in one text, for each word. */
const placesMax = 20;

/** Where each of `words` (already folded) is in `text`, also inside longer words; null when one of them is not. */
export function matchWords(text: string, words: readonly string[]): Place[] | null {
  const folded = mapped(text, fold);
  let plain: Mapped | null = null;
  const places: Place[] = [];
  for (const word of words) {
    let found = placesIn(folded, word);
    if (found.length === 0) found = placesIn((plain ??= mapped(text, (piece) => withoutAccents(fold(piece)))), word);
    if (found.length === 0) return null;
    places.push(...found);
  }
  return merged(places.sort((a, b) => a.from - b.from));
}

/** Where this is in `text`, as it was typed, white space and signs too; without accents where none were typed. In order, at most `max` places. */
export function placesOf(text: string, phrase: string, max: number): Place[] {
  const folded = fold(phrase);
  if (folded === "") return [];
  const found = placesIn(mapped(text, fold), folded, max);
  return found.length > 0 ? found : placesIn(mapped(text, (piece) => withoutAccents(fold(piece))), folded, max);
}

/** Words may overlap ("ru" and "rust"): what is marked is marked once. */
function merged(sorted: readonly Place[]): Place[] {
  const places: Place[] = [];
  for (const place of sorted) {
    const last = places.at(-1);
    if (last && place.from <= last.to) last.to = Math.max(last.to, place.to);
    else places.push({ ...place });
  }
  return places;
}

interface Mapped {
  formed: string;
  /** For each unit of `formed`, where in the text what gave it begins, and where it ends; null: at the same place. */
  starts: number[] | null;
  ends: number[] | null;
}

/** A letter with the marks that follow it: what folds on its own. Hangul in parts folds together. */
const cluster = /[\u1100-\u11ff]+|[\x00-\x7f]+(?!\p{M})|\P{M}\p{M}*|\p{M}+/gu;

function mapped(text: string, form: (piece: string) => string): Mapped {
  if (ascii.test(text)) return { formed: form(text), starts: null, ends: null };
  const [starts, ends]: number[][] = [[], []];
  let formed = "";
  for (const { 0: piece, index } of text.matchAll(cluster)) {
    const made = form(piece);
    const isPlain = ascii.test(piece);
    for (let unit = 0; unit < made.length; unit += 1) {
      starts!.push(isPlain ? index + unit : index);
      ends!.push(isPlain ? index + unit + 1 : index + piece.length);
    }
    formed += made;
  }
  return { formed, starts: starts!, ends: ends! };
}

function placesIn({ formed, starts, ends }: Mapped, word: string, max = placesMax): Place[] {
  const places: Place[] = [];
  for (let at = formed.indexOf(word); at >= 0 && places.length < max; at = formed.indexOf(word, at + word.length)) {
    const last = at + word.length - 1;
    places.push({ from: starts ? starts[at]! : at, to: ends ? ends[last]! : last + 1 });
  }
  return places;
}
