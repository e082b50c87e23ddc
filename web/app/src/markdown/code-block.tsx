import { memo, useEffect, useMemo, useState, type ReactNode } from "react";
import { IconButton } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";
import { LongText, lineEndsOf } from "./long-text";

interface CodeBlockProps {
  code: string;
  /** As written after the fence; may be empty or unknown. */
  language: string;
  isGrowing: boolean;
  /** What else can be done with it. */
  children?: ReactNode;
  /** Drawn in place of the code. */
  instead?: ReactNode;
  /** A line under it. */
  note?: string;
}

/** Longer texts stay plain: colouring them would hold up the page. */
const highlightCharsMax = 20_000;
/** Fewer lines are seen at a glance. */
const countedLinesMin = 12;

/** Code as it was written, coloured when it is complete and its language is known. */
export const CodeBlock = memo(function CodeBlock({ code, language, isGrowing, children, instead, note }: CodeBlockProps) {
  const [isWrapped, setWrapped] = useState(false);
  const coloured = useHighlight(code, language, isGrowing);
  const lines = useMemo(() => lineEndsOf(code) + 1, [code]);
  return (
    <div className="code" data-wrap={isWrapped} dir="ltr">
      <div className="code-head flex h-9 items-center gap-1 border-b border-line ps-4 pe-1 text-small text-faint max-md:h-11">
        <span className="truncate">{language || "text"}</span>
        <span className="ms-2 grow whitespace-nowrap">{lines >= countedLinesMin && `${lines.toLocaleString("en")} lines`}</span>
        {children}
        <IconButton
          icon="wrap"
          label={isWrapped ? "Do not wrap long lines" : "Wrap long lines"}
          aria-pressed={isWrapped}
          size="small"
          onClick={() => setWrapped(!isWrapped)}
        />
        <CopyButton text={() => code} label="Copy code" />
      </div>
      {instead || (
        <pre tabIndex={0}>
          <code>{coloured ?? <LongText text={code} dir="ltr" />}</code>
        </pre>
      )}
      {note && <p className="border-t border-line px-4 py-2 text-small text-soft">{note}</p>}
    </div>
  );
});

function useHighlight(code: string, language: string, isGrowing: boolean): ReactNode | null {
  const [coloured, setColoured] = useState<{ code: string; nodes: ReactNode } | null>(null);
  useEffect(() => {
    if (isGrowing || !language || code.length > highlightCharsMax) return;
    let isWanted = true;
    void import("./highlight").then(({ highlight }) => {
      if (!isWanted) return;
      const nodes = highlight(code, language);
      if (nodes) setColoured({ code, nodes });
    });
    return () => {
      isWanted = false;
    };
  }, [code, language, isGrowing]);
  return coloured?.code === code ? coloured.nodes : null;
}
