// Tables as GitHub has them, except that nothing is dropped: a row with more cells than its head keeps them.
import type StateBlock from "markdown-it/lib/rules_block/state_block.mjs";
import { BeyondLimit, tableCellsMax, tableColumnsMax } from "../limits";

export function tableRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (startLine + 2 > endLine || isCodeOrOutside(state, startLine) || isCodeOrOutside(state, startLine + 1)) return false;
  const head = lineOf(state, startLine);
  if (!head.includes("|")) return false;
  const align = alignOf(lineOf(state, startLine + 1));
  const names = cellsOf(head);
  if (!align || align.length === 0 || names.length !== align.length) return false;
  if (silent) return true;
  if (align.length > tableColumnsMax) throw new BeyondLimit("columns");

  const { parentType } = state;
  state.parentType = "table" as typeof parentType;
  const ending = state.md.block.ruler.getRules("blockquote");
  state.push("table_open", "table", 1).meta = align;
  pushRow(state, names, align.length);
  let cells = align.length;
  let line = startLine + 2;
  for (; line < endLine; line += 1) {
    if (isCodeOrOutside(state, line) || state.isEmpty(line) || ending.some((rule) => rule(state, line, endLine, true))) break;
    const row = cellsOf(lineOf(state, line));
    cells += Math.max(row.length, align.length);
    if (cells > 2 * tableCellsMax) throw new BeyondLimit("cells");
    pushRow(state, row, align.length);
  }
  state.push("table_close", "table", -1);
  state.parentType = parentType;
  state.line = line;
  return true;
}

function pushRow(state: StateBlock, cells: string[], width: number): void {
  state.push("row_open", "", 1);
  for (let at = 0; at < Math.max(cells.length, width); at += 1) {
    const token = state.push("inline", "", 0);
    token.content = cells[at] ?? "";
    token.children = [];
  }
  state.push("row_close", "", -1);
}

function isCodeOrOutside(state: StateBlock, line: number): boolean {
  const indent = state.sCount[line]! - state.blkIndent;
  return indent < 0 || indent >= 4;
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]).trim();
}

/** Of the line under the head: how each column is aligned, or null when it is no such line. */
function alignOf(line: string): string[] | null {
  // One column needs a pipe: otherwise it is the line under a heading, or an item of a list.
  if (!/^[|:-][-:| \t]*$/.test(line) || !line.includes("|") || /^-[ \t]/.test(line)) return null;
  const columns = cellsOf(line);
  if (!columns.every((column) => /^:?-+:?$/.test(column))) return null;
  return columns.map((column) => (column.endsWith(":") ? (column.startsWith(":") ? "center" : "right") : column.startsWith(":") ? "left" : ""));
}

/** Cut at each pipe that has no backslash before it. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let current = "";
  let from = 0;
  for (let at = line.indexOf("|"); at >= 0; at = line.indexOf("|", at + 1)) {
    const isEscaped = line[at - 1] === "\\";
    current += line.slice(from, isEscaped ? at - 1 : at);
    from = isEscaped ? at : at + 1;
    if (isEscaped) continue;
    cells.push(current.trim());
    current = "";
  }
  cells.push((current + line.slice(from)).trim());
  if (cells[0] === "") cells.shift();
  if (cells.length > 0 && cells[cells.length - 1] === "") cells.pop();
  return cells;
}
