// The title that a conversation has before anyone wrote one: the server's rule (src/domain/title.h), tests/vectors/excerpt.json.

/** Code points of a title. */
const lettersMax = 57;
const lastThird = lettersMax - lettersMax / 3;

const whiteSpace = /[\t-\r\u0085\p{Zs}\p{Zl}\p{Zp}]/u;
/** Controls of terminals, of direction, of layout. The joiners shape words and emoji, the tags the flags of regions. */
const leftOut = /(?![\u200c\u200d\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}]/u;
const tag = /[\u{e0020}-\u{e007f}]/u;
const blackFlag = "\u{1f3f4}";
/** Marks alone have nothing to stand on; fillers are letters without ink. */
const ink = /[^\p{Cc}\p{Cf}\p{Mn}\p{Me}\p{Zs}\u115f\u1160\u2800\u3164\uffa0]/u;
/** A line that opens or closes a fenced block; more backticks after those at its beginning make it code within the line. */
const fence = /^(?:`{3,}[^`\r\n]*|~{3,}[^\r\n]*)(?=[\r\n]|$)/;
const heading = /^#{1,6}(?=[ \t\r\n]|$)/;
/** What stands at the beginning of a line is looked for in this much of it. */
const fenceLettersMax = 4096;

/** Empty for a text without visible characters. The time does not grow with a text that is longer than its title. */
export function excerptOf(text: string): string {
  const letters = folded(text);
  if (!letters.some((letter) => ink.test(letter))) return "";
  if (letters.length <= lettersMax) return letters.join("");
  return `${letters.slice(0, cutPlace(letters)).join("")}…`;
}

/** On one line, without marks of headings and fences: at most one code point more than a title has. */
function folded(text: string): string[] {
  const letters: string[] = [];
  let wantsSpace = false;
  let isInFlag = false;
  let isLineStart = true;
  for (let at = 0; letters.length <= lettersMax; ) {
    if (isLineStart) at = afterMarks(text, at);
    const code = text.codePointAt(at);
    if (code === undefined) break;
    const letter = code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCodePoint(code);
    at += code > 0xffff ? 2 : 1;
    isLineStart = letter === "\n" || letter === "\r";
    if (whiteSpace.test(letter)) wantsSpace = true;
    if (whiteSpace.test(letter) || leftOut.test(letter)) continue;
    isInFlag = letter === blackFlag || (isInFlag && tag.test(letter));
    if (tag.test(letter) && !isInFlag) continue;
    if (wantsSpace && letters.length > 0) letters.push(" ");
    wantsSpace = false;
    letters.push(letter);
  }
  return letters;
}

function afterMarks(text: string, lineStart: number): number {
  let at = lineStart;
  while (text[at] === " " || text[at] === "\t") at += 1;
  const rest = text.slice(at, at + fenceLettersMax);
  const mark = fence.exec(rest) ?? heading.exec(rest);
  return at + (mark?.[0].length ?? 0);
}

function cutPlace(letters: readonly string[]): number {
  const border = lastClusterBorder(letters);
  for (let at = border; at >= lastThird; at -= 1) if (letters[at] === " ") return at;
  return letters[border - 1] === " " ? border - 1 : border;
}

/** The last place at or before the limit where no grapheme cluster is cut; one that is longer than a whole title is cut at the limit. */
function lastClusterBorder(letters: readonly string[]): number {
  if (typeof Intl.Segmenter === "undefined") return lettersMax;
  let border = 0;
  let at = 0;
  for (const { segment } of new Intl.Segmenter().segment(letters.join(""))) {
    if (at <= lettersMax) border = at;
    at += Array.from(segment).length;
  }
  return border === 0 ? lettersMax : border;
}
