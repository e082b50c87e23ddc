// A text of any length as it was written. It is laid out piece by piece, when a piece comes into view.
import { memo, useLayoutEffect, useMemo, useRef, type ReactNode } from "react";

/** Shorter texts are one piece. */
const pieceCharsMin = 3_000;
/** However short they are: lines are what laying out costs. */
const pieceLinesMax = 600;
/** A line that is longer is broken where a piece ends. */
const pieceCharsMax = 6_000;
/** A rough width of a line, to guess the height of what has not been laid out. */
const lineChars = 80;

/** The text for a parent that keeps its spaces and line breaks. */
export const LongText = memo(function LongText({ text }: { text: string }): ReactNode {
  const before = useRef<{ text: string; pieces: string[] }>({ text: "", pieces: [] });
  const pieces = useMemo(() => piecesOf(text, text.startsWith(before.current.text) ? before.current.pieces : []), [text]);
  useLayoutEffect(() => {
    before.current = { text, pieces };
  }, [text, pieces]);
  if (pieces.length < 2) return text;
  return pieces.map((piece, index) => <Piece key={index} text={piece} />);
});

const Piece = memo(function Piece({ text }: { text: string }) {
  return (
    <span className="piece" style={{ containIntrinsicBlockSize: `auto ${heightOf(text)}lh` }}>
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
  let lineEnd = from - 1;
  for (let lines = 0; lines < pieceLinesMax && lineEnd - from < pieceCharsMin; lines += 1) {
    lineEnd = text.indexOf("\n", lineEnd + 1);
    if (lineEnd < 0) break;
  }
  return lineEnd < 0 || lineEnd - from >= pieceCharsMax ? from + pieceCharsMax : lineEnd + 1;
}

function heightOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return Math.max(lines, Math.round(text.length / lineChars), 1);
}
