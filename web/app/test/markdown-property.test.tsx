// Markdown of chance: it never fails, loses no words, and means the same however it arrives.
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../src/markdown/convert";
import { tokensOf } from "../src/markdown/grammar/grammar";
import { Markdown } from "../src/markdown/markdown";
import { GrowingMarkdown, parseMarkdown } from "../src/markdown/parse";
import type { Block } from "../src/markdown/tree";

/** Numbers that look random, the same at each run. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return (state ^ (state >>> 13)) % below;
  };
}

const pieces = [
  "word", "слово", "词", "كلمة", "😀", " ", " ", " ", "\n", "\n", "\n\n", "\n\n", "  ", "    ", "\t", "- ", "* ", "1. ", "2) ", "> ", "# ", "## ", "---\n", "===\n",
  "```", "```js\n", "~~~\n", "`", "``", "*", "**", "_", "__", "~~", "[", "]", "(", ")", "](", "![", "[^1]", "[^1]: ", "[a]: ", "http://a.b/c", "www.a.b", "a@b.c",
  "|", "|", "\n|-|-|\n", "| a | b |\n|---|---|\n", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\", "<br>", "<sub>", "</sub>", "<kbd>", "</kbd>", "<b>", "<details>\n", "</details>\n",
  "<summary>", "</summary>", "- [ ] ", "- [x] ", "&amp;", "&#0;", "&", "<", ">", "\u0000", "\r\n", "\ud800", "\"", "5", "$5 and $10",
];

function randomMarkdown(seed: number, length: number): string {
  const random = chance(seed);
  return Array.from({ length }, () => pieces[random(pieces.length)]).join("");
}

function parsedAtOnce(text: string): Block[] {
  return blocksOf(tokensOf(text, { references: {}, steps: 0, unclosed: new Map() })).blocks;
}

/** Without the empty lines at the end of code: those of code without an end may be there or not. */
const shape = (blocks: readonly Block[]) => JSON.stringify(blocks, (key, value: unknown) => (key === "value" && typeof value === "string" ? value.trimEnd() : value));

describe("markdown of chance", { timeout: 60_000 }, () => {
  it("is drawn, with every word in it that is no address, no language and no definition", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const text = randomMarkdown(seed, 60);
      const html = renderToStaticMarkup(<Markdown text={text} isGrowing={seed % 2 === 0} />);
      // What may stand in attributes or be taken as an address goes beyond words: these are told apart by what they are.
      for (const word of ["слово", "词", "كلمة", "😀"]) {
        const wanted = text.replace(/\[a\]: [^]*?(?:\n|$)|\]\([^)]*|(?:```|~~~).*/g, "").split(word).length - 1;
        expect(html.split(word).length - 1, `${word} in ${JSON.stringify(text)}`).toBeGreaterThanOrEqual(wanted);
      }
    }
  });

  it("means in sections what it means as a whole", () => {
    for (let seed = 1; seed <= 1500; seed += 1) {
      const text = randomMarkdown(seed, 40).replace(/<\/?details>|\r|\]: /g, "");
      expect(shape(parseMarkdown(text)), JSON.stringify(text)).toBe(shape(parsedAtOnce(text)));
    }
  });

  it("means in the end the same, however it was cut while it came", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const text = randomMarkdown(seed, 40);
      const random = chance(seed + 77);
      const growing = new GrowingMarkdown();
      for (let end = random(9); end < text.length; end += 1 + random(9)) growing.update(text.slice(0, end)).forEach((section) => section.blocks);
      const all = growing.final(text).flatMap((section) => section.blocks);
      expect(shape(all), JSON.stringify(text)).toBe(shape(parseMarkdown(text)));
    }
  });

  it("of any bytes is read", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = chance(seed);
      const text = String.fromCharCode(...Array.from({ length: 300 }, () => (random(4) === 0 ? random(65536) : random(128))));
      expect(() => parseMarkdown(text)).not.toThrow();
    }
  });
});
