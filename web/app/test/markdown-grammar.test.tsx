// What is added to CommonMark: formulas, elements, folded parts, footnotes, tasks, line breaks.
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { Markdown } from "../src/markdown/markdown";
import { parseMarkdown } from "../src/markdown/parse";
import type { Node } from "../src/markdown/tree";

const draw = (text: string) => renderToStaticMarkup(<Markdown text={text} isGrowing={false} />);

function formulas(text: string): string[] {
  const found: string[] = [];
  const look = (nodes: readonly Node[]) => {
    for (const node of nodes) {
      if (node.type === "math") found.push(`${node.layout}: ${node.value.trim()}`);
      if ("children" in node) look(node.children as Node[]);
    }
  };
  look(parseMarkdown(text));
  return found;
}

describe("formulas", () => {
  it.each([
    ["so $x^2$ is", ["inline: x^2"]],
    ["$\\alpha$, $5x + 3$ and ($y_1$)", ["inline: \\alpha", "inline: 5x + 3", "inline: y_1"]],
    ["$$x$$", ["display: x"]],
    ["$$\na\n= b\n- c\n+ d\n$$\n", ["display: a\n= b\n- c\n+ d"]],
    ["see \\(a*b*c\\) and \\[ x_1 \\]", ["inline: a*b*c", "display: x_1"]],
    ["\\[\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n\\]", ["display: \\begin{aligned} a &= b \\\\ c &= d \\end{aligned}"]],
    ["text\n$$x$$\nmore", ["display: x"]],
    ["- item\n  $$\n  x\n  $$", ["display: x"]],
    ["| a |\n|---|\n| $x$ |", ["inline: x"]],
    ["$x$-axis", ["inline: x"]],
  ])("finds them in %j", (text, found) => {
    expect(formulas(text)).toEqual(found);
  });

  it.each([
    "$5 and $10", "from $5 to $10.", "$5-$10", "US$5/month, US$6/year", "$HOME/$USER", "`$a$`", "costs 5$ or 6$", "\\$a\\$", "$ a $", "$a", "$$", "$$ $$",
    "$20 (or 25$)", "A$1, B$2", "```\n$x$\n```", "$5,000 for one ($10,000 for two)", "earn $5k or $6k", "$1 million–$2 million",
  ])("leaves money, names and code alone: %j", (text) => {
    expect(formulas(text)).toEqual([]);
    expect(draw(text).replace(/<[^>]*>/g, "")).toContain(text.includes("`") ? "$" : text.replace(/\\\$/g, "$"));
  });

  it("shows what was written until it is drawn", () => {
    expect(draw("so $x^2$ is")).toContain('<span class="math-source">$x^2$</span>');
  });
});

describe("elements", () => {
  it("takes a few, without attributes", () => {
    expect(draw("H<sub>2</sub>O, x<sup>*a*</sup>, <kbd>Ctrl</kbd>, one<br>two<br/>three")).toBe(
      '<div class="prose"><p dir="auto">H<sub>2</sub>O, x<sup><em>a</em></sup>, <kbd>Ctrl</kbd>, one<br/>two<br/>three</p></div>',
    );
  });

  it("leaves all others, and those that are not paired, as text", () => {
    for (const text of ["<b>x</b>", "<sub onclick=x>x</sub>", "<script>x</script>", "</sub>", "<sub>x", "<sub><kbd>x</sub></kbd>", "*<sub>a*</sub>"]) {
      const shown = draw(text);
      expect(shown).not.toMatch(/<(b|script)\b/);
      for (const sign of text.replace(/\*/g, "").replace(/<\/?(sub|kbd)>/g, "")) expect(shown.replace(/&lt;/g, "<").replace(/&gt;/g, ">")).toContain(sign);
    }
    expect(draw("<sub>x")).toContain("&lt;sub&gt;x");
    expect(draw("<sub><kbd>x</sub></kbd>")).toContain("&lt;sub&gt;<kbd>x&lt;/sub&gt;</kbd>");
  });

  it("folds, with markdown inside", () => {
    const shown = draw("before\n\n<details>\n<summary>More *here*</summary>\n\n- one\n\n```js\nx\n```\n\n</details>\n\nafter");
    expect(shown).toContain('<details><summary dir="auto">More <em>here</em></summary>');
    expect(shown).toMatch(/<ul.*<li>one<\/li>.*class="code".*<\/details><p dir="auto">after/s);
  });

  it("folds nothing that has no end", () => {
    expect(draw("<details>\n<summary>a</summary>\n\ntext")).not.toContain("<details");
    expect(draw("<details>\n<summary>a</summary>\n\ntext")).toContain("&lt;details&gt;");
  });
});

describe("the rest", () => {
  it("keeps single line breaks", () => {
    expect(draw("one\ntwo")).toContain("one<br/>two");
  });

  it("has footnotes", () => {
    const shown = draw("It is so[^1].\n\n[^1]: Who says?\n    And *more*.\n[^b]: Other.");
    expect(shown).toContain('aria-label="Footnote 1"');
    expect(shown).toMatch(/data-footnote="1".*Who says\?<br\/>And <em>more<\/em>.*data-footnote="b".*Other/s);
  });

  it("has tasks", () => {
    const shown = draw("- [ ] open\n- [x] done\n- \\[ ] none");
    expect(shown.match(/type="checkbox"/g)).toHaveLength(2);
    expect(shown).toContain('checked=""');
    expect(shown).toMatch(/<li>\[ \] none/);
  });

  it("finds addresses that nobody marked", () => {
    expect(draw("see https://a.example/x_y_z?q=(1), or (www.b.example).")).toMatch(/href="https:\/\/a.example\/x_y_z\?q=\(1\)".*href="http:\/\/www.b.example\/"/s);
    expect(draw("[https://a.example](https://b.example)").match(/<a /g)).toHaveLength(1);
  });

  it("keeps the cells that a table has no column for", () => {
    expect(draw("| a | b |\n|---|---|\n| 1 | 2 | 3 |")).toContain(">3</td>");
  });

  it("reads numbers from the left in a table from the right", () => {
    expect(draw("| الاسم | القيمة |\n|---|---|\n| أحمد | -5 % |")).toMatch(/<table dir="rtl">.*<td dir="auto">أحمد<\/td><td dir="ltr">-5 %<\/td>/s);
  });

  it("counts the lines of long code", () => {
    expect(draw("```js\n" + "x\n".repeat(1234) + "```")).toContain("1,234 lines");
  });

  it("honours the target of a link that comes after it", () => {
    expect(draw("a [link][x] here\n\n[x]: https://a.example")).toContain('href="https://a.example/"');
  });
});
