// `[^label]` in a text, and `[^label]: what it says` at the beginning of a line.
import type StateBlock from "markdown-it/lib/rules_block/state_block.mjs";
import type StateInline from "markdown-it/lib/rules_inline/state_inline.mjs";

const reference = /\[\^([^\s\]\\[]{1,60})\]/y;
const definition = /^\[\^([^\s\]\\[]{1,60})\]:[ \t]*/;

export function footnoteReferenceRule(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== "[" || state.src[state.pos + 1] !== "^") return false;
  reference.lastIndex = state.pos;
  const found = reference.exec(state.src);
  if (!found || state.pos + found[0].length > state.posMax) return false;
  if (!silent) state.push("footnote_reference", "", 0).content = found[1]!;
  state.pos += found[0].length;
  return true;
}

/** Its text goes on in lines that are indented, or follow without an empty line. */
export function footnoteDefinitionRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const begin = state.bMarks[startLine]! + state.tShift[startLine]!;
  if (state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const found = definition.exec(state.src.slice(begin, state.eMarks[startLine]));
  if (!found) return false;
  if (silent) return true;

  const { parentType, blkIndent, lineMax } = state;
  const before = { bMark: state.bMarks[startLine]!, tShift: state.tShift[startLine]!, sCount: state.sCount[startLine]! };
  state.push("footnote_open", "", 1).content = found[1]!;
  state.bMarks[startLine] = begin + found[0].length;
  state.tShift[startLine] = 0;
  state.sCount[startLine] = blkIndent + 4;
  state.blkIndent += 4;
  state.parentType = "blockquote";
  let last = startLine;
  while (last + 1 < endLine && isContinued(state, last + 1)) last += 1;
  const raised: [number, number][] = [];
  for (let line = startLine + 1; line <= last; line += 1) {
    if (state.isEmpty(line) || state.sCount[line]! >= state.blkIndent) continue;
    raised.push([line, state.sCount[line]!]);
    state.sCount[line] = state.blkIndent;
  }
  state.lineMax = last + 1;
  state.md.block.tokenize(state, startLine, last + 1);
  for (const [line, count] of raised) state.sCount[line] = count;
  Object.assign(state, { parentType, blkIndent, lineMax });
  state.bMarks[startLine] = before.bMark;
  state.tShift[startLine] = before.tShift;
  state.sCount[startLine] = before.sCount;
  state.push("footnote_close", "", -1);
  state.line = last + 1;
  return true;
}

function isContinued(state: StateBlock, line: number): boolean {
  if (state.isEmpty(line)) {
    const next = state.skipEmptyLines(line);
    return next < state.lineMax && state.sCount[next]! >= state.blkIndent;
  }
  if (state.sCount[line]! >= state.blkIndent) return true;
  if (state.isEmpty(line - 1)) return false;
  // Another footnote, a heading, a list: what would end a paragraph ends this text too.
  const indent = state.blkIndent;
  state.blkIndent -= 4;
  const isEnd = state.md.block.ruler.getRules("paragraph").some((rule) => rule(state, line, state.lineMax, true));
  state.blkIndent = indent;
  return !isEnd;
}
