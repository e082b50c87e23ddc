// TeX between `$` and `$`, `\(` and `\)`; displayed between `$$` and `$$`, `\[` and `\]`. A price stays a price.
import type StateBlock from "markdown-it/lib/rules_block/state_block.mjs";
import type StateInline from "markdown-it/lib/rules_inline/state_inline.mjs";
import type Token from "markdown-it/lib/token.mjs";
import { mathCharsMax } from "../limits";
import type { Environment } from "./environment";

const dollar = 0x24;
const backslash = 0x5c;

interface Signs {
  open: string;
  close: string;
  layout: "inline" | "display";
}
const signs: readonly Signs[] = [
  { open: "$$", close: "$$", layout: "display" },
  { open: "\\[", close: "\\]", layout: "display" },
  { open: "\\(", close: "\\)", layout: "inline" },
  { open: "$", close: "$", layout: "inline" },
];

export function mathRule(state: StateInline, silent: boolean): boolean {
  const first = state.src.charCodeAt(state.pos);
  if (first !== dollar && first !== backslash) return false;
  const found = signs.find(({ open }) => state.src.startsWith(open, state.pos));
  if (!found) return false;
  const end = endOf(state, found);
  if (end < 0) return false;
  if (!silent) fill(state.push("math", "", 0), found, state.src.slice(state.pos + found.open.length, end));
  state.pos = end + found.close.length;
  return true;
}

/** Displayed TeX that begins a line, up to its end sign at the end of a line: nothing in it is markdown. */
export function mathBlockRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const begin = state.bMarks[startLine]! + state.tShift[startLine]!;
  const found = signs.find(({ open, layout }) => layout === "display" && state.src.startsWith(open, begin));
  if (!found || state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const close = closing(state.src, begin + found.open.length, found.close, state.env as Environment);
  if (close < 0 || close - begin > mathCharsMax) return false;
  const lines: string[] = [];
  for (let line = startLine; line < endLine; line += 1) {
    // In TeX too, an empty line ends a formula.
    if (state.isEmpty(line) || (line > startLine && state.sCount[line]! < state.blkIndent)) return false;
    const from = line === startLine ? begin + found.open.length : state.bMarks[line]! + state.tShift[line]!;
    const text = state.src.slice(from, state.eMarks[line]);
    const end = text.indexOf(found.close);
    if (end >= 0 && text.slice(end + found.close.length).trim() !== "") return false;
    lines.push(end >= 0 ? text.slice(0, end) : text);
    if (end < 0) continue;
    const tex = lines.join("\n");
    if (tex.trim() === "") return false;
    if (silent) return true;
    fill(state.push("math_block", "", 0), found, tex);
    state.line = line + 1;
    return true;
  }
  return false;
}

function fill(token: Token, { open, close, layout }: Signs, tex: string): void {
  token.content = tex;
  token.markup = open + tex + close;
  token.info = layout;
}

/** Where the formula's TeX ends, or -1 when it is none. */
function endOf(state: StateInline, { open, close }: Signs): number {
  const { src, pos, posMax } = state;
  const from = pos + open.length;
  if (open === "$") return dollarEnd(src, pos, posMax);
  const end = closing(src, from, close, state.env as Environment);
  if (end < 0 || end + close.length > posMax || end - from > mathCharsMax) return -1;
  const tex = src.slice(from, end);
  return tex.trim() === "" || tex.includes("`") ? -1 : end;
}

/** Where the sign that ends a formula stands next, or -1. A text that has none is searched once. */
function closing(src: string, from: number, close: string, { unclosed }: Environment): number {
  const missed = unclosed.get(close);
  if (missed?.src === src && missed.from <= from) return -1;
  const end = src.indexOf(close, from);
  if (end < 0) unclosed.set(close, { src, from });
  return end;
}

/** A single dollar opens only before a sign that is no space, and closes only after one, and not before a letter or digit. */
function dollarEnd(src: string, pos: number, posMax: number): number {
  if (/[\p{L}\p{N}$\\]/u.test(src[pos - 1] ?? "") || /[\s$]/.test(src[pos + 1] ?? " ")) return -1;
  let end = src.indexOf("$", pos + 1);
  while (end > 0 && src[end - 1] === "\\") end = src.indexOf("$", end + 1);
  if (end < 0 || end >= posMax || end - pos > mathCharsMax) return -1;
  if (/\s/.test(src[end - 1]!) || /[\p{L}\p{N}$]/u.test(src[end + 1] ?? "")) return -1;
  const tex = src.slice(pos + 1, end);
  return tex.includes("`") || isPrice(tex) ? -1 : end;
}

/** "5 dollars (or 6" between two signs of money: a number, then a word that is no name of TeX. */
function isPrice(tex: string): boolean {
  return /^[\d.,]+\s/.test(tex) && /[\s(]\p{L}{2,}(?:[\s,.;:)]|$)/u.test(tex);
}
