import { memo, useEffect, useState, type ReactNode } from "react";
import { IconButton } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";

interface CodeBlockProps {
  code: string;
  /** As written after the fence; may be empty or unknown. */
  language: string;
  isGrowing: boolean;
}

/** Longer texts stay plain: colouring them would hold up the page. */
const highlightCharsMax = 60_000;

/** Code as it was written, coloured when it is complete and its language is known. */
export const CodeBlock = memo(function CodeBlock({ code, language, isGrowing }: CodeBlockProps) {
  const [isWrapped, setWrapped] = useState(false);
  const coloured = useHighlight(code, language, isGrowing);
  return (
    <div className="code" data-wrap={isWrapped} dir="ltr">
      <div className="flex h-9 items-center gap-1 border-b border-line ps-4 pe-1 text-small text-faint max-md:h-11">
        <span className="grow truncate">{language || "text"}</span>
        <IconButton
          icon="wrap"
          label={isWrapped ? "Do not wrap long lines" : "Wrap long lines"}
          aria-pressed={isWrapped}
          size="small"
          onClick={() => setWrapped(!isWrapped)}
        />
        <CopyButton text={() => code} label="Copy code" />
      </div>
      <pre tabIndex={0}>
        <code>{coloured ?? code}</code>
      </pre>
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
