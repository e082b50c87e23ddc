// Texts that are made to end the page: they stay within the limits, and nothing of them is lost.
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { depthMax, messageCharsMax, sectionCharsMax, sectionNodesMax, tableCellsMax } from "../src/markdown/limits";
import { LongText, lineEndsOf, partsOf, piecesOf } from "../src/markdown/long-text";
import { DrawnWhole } from "../src/markdown/drawn-whole";
import { endOfWeight, Markdown } from "../src/markdown/markdown";
import { GrowingMarkdown, parseMarkdown } from "../src/markdown/parse";
import { isHeavierThan } from "../src/markdown/shaping";
import type { Node } from "../src/markdown/tree";

const bombs: Record<string, string> = {
  "quotes in quotes": `${"> ".repeat(2000)}end`,
  "a run of list marks": `${"- ".repeat(5000)}end`,
  "a run of numbers": `${"1. ".repeat(3000)}end`,
  "a list 1,000 deep": Array.from({ length: 1000 }, (_, level) => `${"  ".repeat(level)}- x`).join("\n"),
  "100,000 short lines": "a\n".repeat(100_000),
  "a table of 1,000 by 1,000": `|${"a|".repeat(1000)}\n|${"-|".repeat(1000)}\n${`|${"b|".repeat(1000)}\n`.repeat(1000)}`,
  "links without targets": "[a][b]".repeat(10_000),
  "links whose address never ends": "[a](<b".repeat(10_000),
  "links whose title never ends": '[a](b "'.repeat(10_000),
  "strikes that never end": "~~a".repeat(20_000),
  "stars in underscores": "*a_b ".repeat(12_000),
  "emphasis in emphasis": `${"*a **b ".repeat(1500)}${"c** d*".repeat(1500)}`,
  "brackets": "[".repeat(60_000),
  "tags": "<b>".repeat(20_000),
  "elements in elements": `${"<sub>".repeat(2000)}a${"</sub>".repeat(2000)}`,
  "folded parts in folded parts": `${"<details>\n".repeat(1500)}a${"</details>\n".repeat(1500)}`,
  "formulas that never end": "\\(a $b \\[c $$d\n".repeat(4000),
  "backticks of every length": Array.from({ length: 300 }, (_, length) => `${"`".repeat(length + 1)}a`).join(" "),
  "definitions": "[a]: b\n".repeat(10_000) + "[a]",
  "footnotes": "[^a]: b\n".repeat(8000),
  "empty rows": "|\n".repeat(20_000),
  "headings": "# a\n".repeat(15_000),
  "one line of 4 MiB": "A".repeat(4 * 1024 * 1024),
  "code of 4 MiB": `\`\`\`js\n${"let a = 1;\n".repeat(380_000)}\`\`\``,
};

function depthOf(node: Node): number {
  return "children" in node ? 1 + Math.max(0, ...(node.children as Node[]).map(depthOf)) : 1;
}

function textOf(nodes: readonly Node[]): string {
  return nodes.map((node) => ("value" in node ? node.value : "children" in node ? textOf(node.children as Node[]) : "")).join("");
}

const countOf = (text: string, sign: string) => text.split(sign).length - 1;

describe("a text that is made to end the page", () => {
  it.each(Object.entries(bombs))("stays within the limits and keeps its text: %s", (_, text) => {
    const sections = new GrowingMarkdown().final(text);
    for (const section of sections) {
      const isSource = section.blocks.every((block) => block.type === "source");
      if (section.kind === "blocks" && !isSource) expect(section.source.length).toBeLessThanOrEqual(sectionCharsMax + 8000);
      expect(section.nodeCount).toBeLessThanOrEqual(sectionNodesMax + tableCellsMax);
      for (const block of section.blocks) expect(depthOf(block)).toBeLessThanOrEqual(2 * depthMax + 4);
    }
    const blocks = sections.flatMap((section) => section.blocks);
    const last = /[a-z](?=[^a-z]*$)/.exec(text.slice(-40))?.[0] ?? "";
    expect(textOf(blocks).slice(-100).includes(last), `ends with ${last}`).toBe(true);
    expect(sections.map((section) => section.source).join("") === text).toBe(true);
  });

  it("is shown as it was written where it goes beyond them", () => {
    for (const name of ["quotes in quotes", "a run of list marks", "brackets"]) {
      expect(parseMarkdown(bombs[name]!)).toEqual([{ type: "source", value: bombs[name] }]);
    }
    const wide = `|${"a|".repeat(50)}\n|${"-|".repeat(50)}\n${`|${"b|".repeat(50)}\n`.repeat(1000)}`;
    const [table, rest] = parseMarkdown(wide);
    expect([table!.type, rest!.type]).toEqual(["table", "source"]);
    expect(countOf(textOf([table!, rest!]), "b")).toBe(50_000);
  });

  it("is drawn, whatever it is", () => {
    for (const text of Object.values(bombs)) expect(renderToStaticMarkup(<Markdown text={text.slice(0, 60_000)} isGrowing={false} />)).not.toBe("");
  }, 60_000);

  it("is read in time that grows with its length only", () => {
    const stepsOf = (length: number) => {
      const text = "A line of an answer with *some* words in it.\n\n".repeat(length);
      let parsed = 0;
      const growing = new GrowingMarkdown();
      const seen = new Set<object>();
      for (let end = 0; end < text.length; end += 100) {
        for (const section of growing.update(text.slice(0, end))) {
          if (!seen.has(section)) parsed += section.source.length;
          seen.add(section);
        }
      }
      return parsed;
    };
    expect(stepsOf(400) / stepsOf(100)).toBeLessThan(4.5);
  });

  it("is source from a length on, and stays one text", () => {
    const text = "A paragraph.\n\n".repeat(messageCharsMax / 10);
    const sections = new GrowingMarkdown().final(text);
    const last = sections[sections.length - 1]!;
    expect(last.kind).toBe("source");
    expect(text.endsWith(last.source)).toBe(true);
    expect(text.length - last.source.length).toBeLessThan(messageCharsMax + 100);
  });
});

describe("the weight of a text", () => {
  it("is its length, and more of scripts that are laid out slowly", () => {
    expect(isHeavierThan("a".repeat(10), 10)).toBe(false);
    expect(isHeavierThan("a".repeat(11), 10)).toBe(true);
    expect(isHeavierThan("\u0634".repeat(3), 9)).toBe(false);
    expect(isHeavierThan("\u0634".repeat(3), 8)).toBe(true);
    expect(isHeavierThan("\u0634".repeat(1_000_000), 32_000)).toBe(true);
  });
});

describe("pieces of a long text", () => {
  it("are the text when they are put together, and cut no sign in two", () => {
    for (const text of ["", "short", "a\n".repeat(40_000), "x".repeat(50_001), "😀".repeat(20_000), `${"line\n".repeat(3000)}\n\n\n`]) {
      const pieces = piecesOf(text);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(() => encodeURIComponent(piece)).not.toThrow();
      for (const piece of pieces) expect(countOf(piece, "\n")).toBeLessThanOrEqual(600);
    }
  });

  it("are the same when the text has grown, and only the last is read again", () => {
    for (const text of ["a\n".repeat(9_000), "x".repeat(50_001), "some words and lines\n".repeat(2_000), "كلمات كثيرة ".repeat(2_000), `${"x".repeat(2_500)}${"😀".repeat(20_000)}`]) {
      const before = piecesOf(text.slice(0, text.length - 4_000));
      expect(piecesOf(text, before)).toEqual(piecesOf(text));
    }
  });
});

describe("a text that is higher than a browser can lay out", () => {
  const text = "a\n".repeat(1_400_000);

  it("is shown part by part, and the parts are the text", () => {
    const parts = partsOf(piecesOf(text));
    expect(parts.flat().join("")).toBe(text);
    // Chromium ends at 2^25 px; a line takes 52 px where text is largest.
    for (const part of parts) expect(lineEndsOf(part.join("")) * 52).toBeLessThan(2 ** 25);
    const html = renderToStaticMarkup(<LongText text={text} />);
    expect(countOf(html, "a\n")).toBe(lineEndsOf(parts[0]!.join("")));
    expect(html).toContain(`Part 1 of ${parts.length}`);
  });

  it("is whole on paper", () => {
    const html = renderToStaticMarkup(
      <DrawnWhole value={true}>
        <LongText text={text} />
      </DrawnWhole>,
    );
    expect(countOf(html, "a\n")).toBe(1_400_000);
    expect(html).not.toContain("Part 1");
  });

  it("is one part as long as it can be laid out", () => {
    expect(partsOf(piecesOf("a\n".repeat(200_000)))).toHaveLength(1);
  });
  // A browser that has to find out reads all of them again for each that is added: 200 ms a step for 4 MiB of emoji.
  it("say which way they read, so that nobody looks through all of them for a letter", () => {
    const directions = (text: string, dir?: "ltr") => {
      const html = renderToStaticMarkup(<LongText text={text} dir={dir} />);
      return new Set([...html.matchAll(/class="piece" dir="(\w+)"/g)].map((found) => found[1]));
    };
    expect(directions("\u{1f469}".repeat(40_000))).toEqual(new Set(["ltr"]));
    expect(directions("some words\n".repeat(4_000))).toEqual(new Set(["ltr"]));
    expect(directions("123 \u0634\u0643\u0631 hello\n".repeat(4_000))).toEqual(new Set(["rtl"]));
    expect(directions("\u0634\u0643\u0631\n".repeat(4_000), "ltr"), "code is code").toEqual(new Set(["ltr"]));
  });
});

describe("a script that is laid out slowly", () => {
  it("comes in smaller pieces and smaller steps, and a paragraph that is too long is shown as it was written", () => {
    const arabic = "هذا نص طويل جدا مع كلمات كثيرة ".repeat(2_000);
    expect(Math.max(...piecesOf(arabic).map((piece) => piece.length))).toBeLessThanOrEqual(2_000);
    expect(endOfWeight(arabic, 0, 9_000)).toBeLessThan(endOfWeight("some words ".repeat(5_000), 0, 9_000) / 2);
    expect(new GrowingMarkdown().final(arabic.slice(0, 20_000))[0]!.blocks[0]!.type).toBe("source");
    expect(new GrowingMarkdown().final(arabic.slice(0, 6_000))[0]!.blocks[0]!.type).toBe("paragraph");
  });
});

describe("what is drawn in one go", () => {
  it("is less of a text where signs make elements of it", () => {
    const prose = endOfWeight("some words ".repeat(10_000), 0, 10_000);
    const table = endOfWeight("| a | b |\n".repeat(10_000), 0, 10_000);
    expect([prose, table < prose / 4]).toEqual([10_000, true]);
    expect(endOfWeight("short", 0, 10_000)).toBe(5);
  });

  it("of a table is a few rows at first, and all of them on paper", () => {
    const text = `|${"a|".repeat(10)}\n|${"-|".repeat(10)}\n${`|${"b|".repeat(10)}\n`.repeat(80)}`;
    const markdown = <Markdown text={text} isGrowing={false} />;
    expect(countOf(renderToStaticMarkup(markdown), "<td")).toBe(240);
    expect(countOf(renderToStaticMarkup(<DrawnWhole value={true}>{markdown}</DrawnWhole>), "<td")).toBe(800);
  });
});
