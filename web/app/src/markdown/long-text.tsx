// A text of any length as it was written. It is laid out piece by piece, when a piece comes into view; what is higher than a browser can lay
// out is shown part by part.
import { memo, use, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type Ref } from "react";
import { flushSync } from "react-dom";
import { directionOfText } from "./direction";
import { DrawnWhole } from "./drawn-whole";
import { hasShaped, shapedWeight } from "./shaping";

/** Shorter texts are one piece. */
const pieceCharsMin = 3_000;
/** However short they are: lines are what laying out costs. */
const pieceLinesMax = 600;
/** A line that is longer is broken where a piece ends. */
const pieceCharsMax = 6_000;
/** Of a script that is laid out slowly a piece has a part of both. */
const shapedPart = 1 / shapedWeight;
/** A rough width of a line, to guess the height of what has not been laid out. */
const lineChars = 80;
/**
 * Lines of one part. Chromium lays out nothing beyond 2^25 px: everything from there on has one place, so that all of it would be laid out at once and
 * none of it could be reached. A line takes 52 px where text is largest.
 */
const partLinesMax = 250_000;

interface LongTextProps {
  text: string;
  /** Which way it reads; by its letters unless it is told. */
  dir?: "ltr";
}

/** The text for a parent that keeps its spaces and line breaks. */
export const LongText = memo(function LongText({ text, dir }: LongTextProps): ReactNode {
  const before = useRef<{ text: string; pieces: string[] }>({ text: "", pieces: [] });
  const pieces = useMemo(() => piecesOf(text, text.startsWith(before.current.text) ? before.current.pieces : []), [text]);
  useLayoutEffect(() => {
    before.current = { text, pieces };
  }, [text, pieces]);
  if (pieces.length < 2) return text;
  return <Parts pieces={pieces} dir={dir ?? directionOfText(text)} />;
});

function Parts({ pieces, dir }: { pieces: readonly string[]; dir: "ltr" | "rtl" }) {
  const isWhole = use(DrawnWhole);
  const parts = useMemo(() => (isWhole ? [pieces] : partsOf(pieces)), [pieces, isWhole]);
  const [chosen, setChosen] = useState(0);
  const back = useRef<HTMLButtonElement>(null);
  const on = useRef<HTMLButtonElement>(null);
  const last = parts.length - 1;
  const shown = Math.min(chosen, last);
  const place = `Part ${shown + 1} of ${parts.length}. The text is too long to be shown at once.`;
  // Reading goes on where the parts meet.
  function turnTo(part: number) {
    flushSync(() => setChosen(part));
    const button = (part > shown ? back : on).current;
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "center" });
  }
  return (
    <>
      {shown > 0 && (
        <span className="part-turn">
          <TurnButton button={back} label="Part before" onClick={() => turnTo(shown - 1)} />
          {place}
        </span>
      )}
      {parts[shown]?.map((piece, index) => (
        <Piece key={index} text={piece} dir={dir} />
      ))}
      {shown < last && (
        <span className="part-turn">
          {place}
          <TurnButton button={on} label="Next part" onClick={() => turnTo(shown + 1)} />
        </span>
      )}
    </>
  );
}

interface TurnButtonProps {
  button: Ref<HTMLButtonElement>;
  label: string;
  onClick: () => void;
}

function TurnButton({ button, label, onClick }: TurnButtonProps) {
  return (
    <button ref={button} type="button" className="target font-medium text-accent hover:text-accent-hover" onClick={onClick}>
      {label}
    </button>
  );
}

// Each says which way it reads: a parent that has to find out would look through all of them whenever one is added.
const Piece = memo(function Piece({ text, dir }: { text: string; dir: "ltr" | "rtl" }) {
  return (
    <span className="piece" dir={dir} style={{ containIntrinsicBlockSize: `auto ${heightOf(text)}lh` }}>
      {text}
    </span>
  );
});

/**
 * Put together they are the text; each but the last ends with a line break, or is as long as a piece may be. `known`: the pieces of a beginning of the
 * text, of which only the last one is read again.
 */
export function piecesOf(text: string, known: readonly string[] = []): string[] {
  const pieces = known.slice(0, -1);
  let from = pieces.reduce((sum, piece) => sum + piece.length, 0);
  for (;;) {
    let end = pieceEnd(text, from);
    if (end >= text.length) break;
    // Never between the two halves of a sign.
    if (/[\ud800-\udbff]/.test(text[end - 1]!)) end -= 1;
    pieces.push(text.slice(from, end));
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces;
}

function pieceEnd(text: string, from: number): number {
  // By a beginning that every piece has, so that one that is complete stays as it is.
  const part = hasShaped(text.slice(from, from + pieceCharsMax * shapedPart)) ? shapedPart : 1;
  let lineEnd = from - 1;
  for (let lines = 0; lines < pieceLinesMax && lineEnd - from < pieceCharsMin * part; lines += 1) {
    lineEnd = text.indexOf("\n", lineEnd + 1);
    if (lineEnd < 0) break;
  }
  return lineEnd < 0 || lineEnd - from >= pieceCharsMax * part ? from + pieceCharsMax * part : lineEnd + 1;
}

/** The pieces in as many parts as can each be laid out. */
export function partsOf(pieces: readonly string[]): string[][] {
  const parts: string[][] = [];
  let lines = partLinesMax;
  for (const piece of pieces) {
    const height = heightOf(piece);
    if (lines + height > partLinesMax) {
      parts.push([]);
      lines = 0;
    }
    parts.at(-1)!.push(piece);
    lines += height;
  }
  return parts;
}

function heightOf(text: string): number {
  return Math.max(lineEndsOf(text), Math.round(text.length / lineChars), 1);
}

/** How many lines of the text end with a line break. */
export function lineEndsOf(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
