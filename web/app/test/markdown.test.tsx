import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { inlineImage, safeHref } from "../src/markdown/links";
import { Markdown } from "../src/markdown/markdown";
import { GrowingMarkdown, parseMarkdown, type Section } from "../src/markdown/parse";

function draw(text: string): string {
  return renderToStaticMarkup(<Markdown text={text} isGrowing={false} />);
}

describe("safeHref", () => {
  it.each(["https://example.com/a?b#c", "http://localhost:8080/", "mailto:ann@example.com"])("keeps %s", (address) => {
    expect(safeHref(address)).toBe(address);
  });
  it.each([
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:https://example.com/1",
    "//example.com", "/api/conversations", "relative", "", "#top",
  ])("refuses %j", (address) => {
    expect(safeHref(address)).toBeNull();
  });
});

describe("inlineImage", () => {
  it("takes pictures that are in the text, and nothing that is a document or a request", () => {
    expect(inlineImage("data:image/png;base64,AAAA")).toBe("data:image/png;base64,AAAA");
    for (const bad of ["data:image/svg+xml;base64,AAAA", "data:text/html;base64,AAAA", "https://example.com/a.png"]) {
      expect(inlineImage(bad)).toBeNull();
    }
  });
});

describe("hostile text", () => {
  const corpus = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <b onclick=alert(1)>bold</b> text",
    "[x](javascript:alert(1))",
    "[x](  javascript:alert(1)  )",
    "[x](<javascript:alert(1)>)",
    "[x](java&#x73;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://tracker.example/p.gif)",
    "![x][r]\n\n[r]: https://tracker.example/p.gif",
    "```html\n<script>alert(1)</script>\n```",
    "`<img src=x onerror=alert(1)>`",
    "| a |\n|---|\n| <svg onload=alert(1)> |",
    "- <iframe srcdoc='<script>alert(1)</script>'>",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<a href=\"javascript:alert(1)\">x</a>",
  ];
  it.each(corpus)("stays text: %s", (text) => {
    const html = draw(text);
    expect(html).not.toMatch(/<(script|img|iframe|style|b|svg onload|object|embed|form)\b(?![^>]*aria-hidden)/i);
    expect(html).not.toMatch(/(href|src)="(?!https:|http:|mailto:)/i);
    expect(html).not.toMatch(/<[^>]+\son\w+=/i);
  });

  it("opens links elsewhere without telling where they were", () => {
    expect(draw("[x](https://example.com)")).toContain('target="_blank" rel="noopener noreferrer nofollow"');
  });

  it("names the host of a picture elsewhere and does not load it", () => {
    expect(draw("![a chart](https://example.com/c.png)")).toContain("Picture: a chart (example.com)");
  });
});

describe("reading direction", () => {
  it("is set where a block holds others", () => {
    expect(draw("- احفظ الرسالة\n- ثم أجب")).toContain('<ul dir="rtl">');
    expect(draw("1. keep it\n2. then answer")).toContain('<ol start="1" dir="ltr">');
  });
});

describe("a text that grows", () => {
  const text = [
    "# Title\n\nA paragraph with **bold** and `code`.\nIts second line.\n\n",
    "1. one\n\n2. two\n   - nested\n\n3. three\n\n",
    "```js\nconst a = 1;\n\nconst b = 2;\n```\n\n",
    "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n> quoted\n> text\n\nSetext\n======\n\nThe end.",
  ].join("");
  const shape = (sections: readonly Section[]) => JSON.stringify(sections.flatMap((section) => section.blocks));

  it("gives in the end what parsing at once gives, however it was cut", () => {
    for (const step of [1, 2, 3, 7, 31]) {
      const growing = new GrowingMarkdown();
      for (let end = step; end < text.length; end += step) growing.update(text.slice(0, end));
      expect(shape(growing.update(text)), `steps of ${step}`).toBe(JSON.stringify(parseMarkdown(text)));
    }
  });

  it("keeps the identity of finished blocks, so that they are not drawn again", () => {
    const growing = new GrowingMarkdown();
    const before = [...growing.update("one\n\ntwo\n\nthree\n\nfour")];
    const after = growing.update("one\n\ntwo\n\nthree\n\nfour and more");
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[3]).not.toBe(before[3]);
  });
});
