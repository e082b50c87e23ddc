// `<br>`, and `<sub>`, `<sup>`, `<kbd>` around text, without attributes. Every other tag stays the text that it is.
import type StateInline from "markdown-it/lib/rules_inline/state_inline.mjs";

const tag = /<(?:br\s{0,4}\/?|\/?(?:sub|sup|kbd))>/iy;

/** Tokens "hardbreak" and "element"; the latter are paired when they become a tree. */
export function elementRule(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== "<") return false;
  tag.lastIndex = state.pos;
  const found = tag.exec(state.src)?.[0];
  if (!found || state.pos + found.length > state.posMax) return false;
  if (!silent) {
    const name = /[a-z]+/.exec(found.toLowerCase())![0];
    const token = state.push(name === "br" ? "hardbreak" : "element", name, 0);
    token.content = found;
  }
  state.pos += found.length;
  return true;
}
