// Cuts a text that grows into sections that can be parsed each for itself: where one ends, all blocks of markdown end.
// A line is read once, so that the cost is linear in the length of the text, whatever is in it.
import { detailsCharsMax, listCharsWanted, messageCharsMax, sectionCharsMax, tableCellsMax, textCharsWanted } from "./limits";

/**
 * `blocks`: any markdown. `fence`: one block of code. `details`: one folded part. `source`: beyond a limit, up to the next place where
 * a new section can begin.
 */
export type SectionKind = "blocks" | "fence" | "details" | "source";

export interface Span {
  readonly kind: SectionKind;
  readonly start: number;
  readonly end: number;
  /** Its end has been read: the section can no longer change. */
  readonly isClosed: boolean;
}

interface State {
  kind: SectionKind;
  start: number;
  /** A list may go on after an empty line. */
  hasList: boolean;
  isAfterBlank: boolean;
  /** The line before has a pipe: it may be the head of a table. */
  isAfterPipe: boolean;
  isTable: boolean;
  cells: number;
  fence: string;
  openDetails: number;
}

const listMarker = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;
const fenceOpening = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/;
const detailsOpening = /^<details(?: open)?>/i;
const delimiterRow = /^ {0,3}[|:-][-:| \t]*$/;

/** Reads lines and holds the sections that are complete. */
export class SectionReader {
  /** `plain`: what looks like the beginning of a folded part is text. */
  constructor(private readonly details: "folded" | "plain" = "folded") {}

  private readonly closed: Span[] = [];
  private position = 0;
  private state = fresh(0);

  /** The sections of `text`, which begins with the text of the call before. */
  read(text: string): Span[] {
    this.skip(text);
    for (let end = text.indexOf("\n", this.position); end >= 0; end = text.indexOf("\n", this.position)) {
      this.state = this.line(text, this.position, end + 1, this.state, this.closed);
      this.position = end + 1;
      this.skip(text);
    }
    // The last line may still change what it is: it is read for now only.
    const open: Span[] = [];
    let state = this.state;
    if (this.position < text.length) state = this.line(text, this.position, text.length, { ...state }, open);
    const last: Span[] = state.start < text.length ? [{ kind: state.kind, start: state.start, end: text.length, isClosed: false }] : [];
    return [...this.closed, ...open.map((span) => ({ ...span, isClosed: false })), ...last];
  }

  /** Goes past lines that cannot end the section, without looking at each. */
  private skip(text: string): void {
    const { kind, fence, start } = this.state;
    if (kind !== "fence" && (kind !== "source" || start < messageCharsMax)) return;
    if (kind === "fence" && this.position === start) return;
    const hit = kind === "fence" ? text.indexOf(fence, this.position) : -1;
    this.position = Math.max(this.position, text.lastIndexOf("\n", hit < 0 ? text.length : hit) + 1);
  }

  private line(text: string, start: number, end: number, state: State, into: Span[]): State {
    const line = withoutEnd(text.slice(start, end));
    const cutBefore = (): State => {
      if (state.start < start) into.push({ kind: state.kind, start: state.start, end: start, isClosed: true });
      return fresh(start);
    };
    if (state.kind === "fence") {
      if (!closesFence(line, state.fence)) return state;
      into.push({ kind: "fence", start: state.start, end, isClosed: true });
      return fresh(end);
    }
    if (state.kind === "details") return this.detailsLine(line, end, state, into);
    if (start >= messageCharsMax && state.kind !== "source") return { ...cutBefore(), kind: "source" };
    if (state.kind === "source" && state.start >= messageCharsMax) return state;
    const fence = fenceOpening.exec(line);
    if (fence && (fence[1] === "" || !state.hasList)) return { ...cutBefore(), kind: "fence", fence: fence[2]! };
    const isMarker = listMarker.test(line);
    if (beginsAnew(line, isMarker, state)) {
      const begun = cutBefore();
      if (this.details === "plain" || !detailsOpening.test(line)) return going(line, isMarker, begun);
      return this.detailsLine(line, end, { ...begun, kind: "details" }, into);
    }
    if (state.kind === "source") return going(line, isMarker, state);
    const length = start - state.start;
    const isTooMuch = state.isTable ? length > sectionCharsMax || state.cells > tableCellsMax : length > sectionCharsMax;
    if (isTooMuch) return going(line, isMarker, { ...cutBefore(), kind: "source" });
    const canCut = state.hasList ? isMarker && line[0] !== " " : !state.isTable;
    return going(line, isMarker, length > (state.hasList ? listCharsWanted : textCharsWanted) && canCut ? cutBefore() : state);
  }

  private detailsLine(line: string, end: number, state: State, into: Span[]): State {
    for (const [tag] of line.matchAll(/<(\/?)details(?: open)?>/gi)) state.openDetails += tag[1] === "/" ? -1 : 1;
    if (state.openDetails > 0) return end - state.start > detailsCharsMax ? { ...state, kind: "source" } : state;
    into.push({ kind: "details", start: state.start, end, isClosed: true });
    return fresh(end);
  }
}

/** After an empty line, what begins at the edge belongs to nothing before it, unless it is the next item of a list. */
function beginsAnew(line: string, isMarker: boolean, state: State): boolean {
  if (!state.isAfterBlank || line === "" || line[0] === " " || line[0] === "\t") return false;
  return !(isMarker && state.hasList);
}

function going(line: string, isMarker: boolean, state: State): State {
  const hasPipe = line.includes("|");
  const isTable = state.isTable || (state.isAfterPipe && line.includes("-") && delimiterRow.test(line));
  return {
    ...state,
    hasList: state.hasList || isMarker,
    isAfterBlank: line === "",
    isAfterPipe: hasPipe,
    isTable: isTable && line !== "",
    cells: hasPipe ? state.cells + line.split("|").length : state.cells,
  };
}

/** Without the white space of markdown at its end. */
function withoutEnd(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\n".includes(line[end - 1]!)) end -= 1;
  return line.slice(0, end);
}

function closesFence(line: string, fence: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})$/.exec(line)?.[1];
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
}

function fresh(start: number): State {
  return {
    kind: "blocks",
    start,
    hasList: false,
    isAfterBlank: true,
    isAfterPipe: false,
    isTable: false,
    cells: 0,
    fence: "",
    openDetails: 0,
  };
}
