import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/theme/tokens.css", import.meta.url), "utf8");

/** The tokens of a theme, by name. */
function tokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf("}", start));
  return new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]));
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["ground", "ground-side", "ground-raised", "surface"];
const pairs = [
  ...["ink", "ink-soft", "ink-faint", "accent", "failed"].flatMap((ink) => grounds.map((ground) => [ink, ground])),
  ...["comment", "keyword", "string", "number", "title", "type"].map((part) => [`code-${part}`, "code-ground"]),
  ...["waiting", "failed", "done", "accent"].map((name) => [name, `${name}-ground`]),
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["ink", "surface-strong"],
  ["ink-soft", "failed-ground"],
  ["ink-soft", "waiting-ground"],
  ["waiting", "ground"],
  ["done", "ground"],
  ["ground", "ink"],
] as [string, string][];

describe.each([
  ["light", tokens(":root")],
  ["dark", tokens(':root[data-theme="dark"]')],
])("the %s theme", (_, theme) => {
  it.each(pairs)("%s can be read on %s", (ink, ground) => {
    expect(contrast(theme.get(ink)!, theme.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });
});

it("is the same dark by choice and by the system", () => {
  const chosen = tokens(':root[data-theme="dark"]');
  expect(chosen.size).toBeGreaterThan(20);
  expect(tokens(':root:not([data-theme="light"])')).toEqual(chosen);
});
