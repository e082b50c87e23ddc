import { useId, useState } from "react";
import { sizeOf } from "../files/size";
import { Button, IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import type { Pasted, Writing } from "./writing";

/** So much is shown of a piece; all of it is sent. */
const previewChars = 3_000;
/** More than this makes the field slow. */
const fieldCharsMax = 60_000;
const number = new Intl.NumberFormat("en");

/** Long texts that were pasted: they go along as text, and do not stand in the field. */
export function PastedPieces({ writing, pieces }: { writing: Writing; pieces: readonly Pasted[] }) {
  if (pieces.length === 0) return null;
  return (
    <ul aria-label="Pasted text" className="flex flex-col gap-1.5 p-1">
      {pieces.map((piece) => (
        <Piece key={piece.id} piece={piece} writing={writing} />
      ))}
    </ul>
  );
}

function Piece({ piece, writing }: { piece: Pasted; writing: Writing }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { text, bytes } = piece;
  const rest = text.length - previewChars;
  return (
    <li className="rounded-xl border border-line bg-surface text-small">
      <div className="flex items-center gap-1 ps-3 pe-1">
        <Icon name="file" size={18} className="shrink-0 text-faint" />
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
          className="target flex h-9 min-w-0 grow items-center gap-2 rounded-lg px-1.5 text-start"
        >
          <span className="shrink-0 font-medium">Pasted text</span>
          <span className="shrink-0 text-faint tabular-nums">{sizeOf(bytes)}</span>
          <span className="min-w-0 truncate text-soft" dir="auto">
            {text.slice(0, 200).trim()}
          </span>
        </button>
        <IconButton icon="close" label="Remove the pasted text" size="small" onClick={() => writing.takeOut(piece.id)} />
      </div>
      <div id={id} hidden={!isOpen} className="border-t border-line">
        {isOpen && (
          <>
            <pre tabIndex={0} dir="auto" aria-label="The pasted text" className="max-h-48 overflow-auto px-3 py-2 font-mono wrap-anywhere whitespace-pre-wrap focus-visible:outline-offset-[-2px]">
              {text.slice(0, previewChars)}
            </pre>
            <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-1">
              <span className="min-w-[min(10rem,100%)] grow text-faint">
                {rest > 0 ? `and ${number.format(rest)} more characters. All of it is sent.` : "All of it is sent, as text."}
              </span>
              {text.length <= fieldCharsMax && (
                <Button look="quiet" icon="edit" className="h-8 px-2" onClick={() => writing.putInField(piece.id)}>
                  Put it into the field
                </Button>
              )}
            </div>
          </>
        )}
      </div>
    </li>
  );
}
