import { useEffect, useRef, useState } from "react";
import { CodeBlock } from "./code-block";
import { diagramCharsMax } from "./limits";

interface DiagramProps {
  source: string;
  isGrowing: boolean;
}

/** A diagram in the language of Mermaid: its source, and the picture when it is asked for. */
export function DiagramBlock({ source, isGrowing }: DiagramProps) {
  const [shown, setShown] = useState<"source" | "picture">("source");
  const [failure, setFailure] = useState("");
  const isPicture = shown === "picture" && !failure;
  const canDraw = !isGrowing && source.length <= diagramCharsMax;
  const show = () => {
    setFailure("");
    setShown(isPicture ? "source" : "picture");
  };
  return (
    <CodeBlock
      code={source}
      language="mermaid"
      isGrowing={isGrowing}
      instead={isPicture && <Picture key={source} source={source} onFailure={setFailure} />}
      note={failure}
    >
      {canDraw && (
        <button type="button" className="target rounded-md px-2 font-medium text-soft hover:text-ink" onClick={show}>
          {isPicture ? "Show source" : "Show diagram"}
        </button>
      )}
    </CodeBlock>
  );
}

/** Until its height is known. */
const firstHeight = 160;
const heightMax = 3000;
const patienceMs = 20_000;

/** Drawn in a page of its own, which is sandboxed: nothing of it can reach this one, and the two only exchange messages. */
function Picture({ source, onFailure }: { source: string; onFailure: (reason: string) => void }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState<number | null>(null);
  useEffect(() => {
    const late = setTimeout(() => onFailure("The diagram could not be drawn: the server did not give what draws it."), patienceMs);
    const hear = ({ source: sender, data }: MessageEvent<unknown>) => {
      if (sender !== frame.current?.contentWindow || typeof data !== "object" || data === null) return;
      const said = data as { isReady?: unknown; height?: unknown; error?: unknown };
      // The sandboxed page has no origin that could be named.
      if (said.isReady) frame.current.contentWindow!.postMessage({ source, scheme: colorScheme() }, "*");
      if (typeof said.error === "string") onFailure(`The diagram could not be drawn: ${firstLine(said.error)}`);
      if (typeof said.height !== "number" || !(said.height > 0)) return;
      clearTimeout(late);
      setHeight(Math.min(said.height, heightMax));
    };
    addEventListener("message", hear);
    return () => {
      clearTimeout(late);
      removeEventListener("message", hear);
    };
  }, [source, onFailure]);
  return (
    <div className="diagram" style={{ height: (height ?? firstHeight) + 32 }}>
      {height === null && <p className="p-4 text-small text-faint">Drawing…</p>}
      <iframe
        ref={frame}
        title="Diagram"
        src="/diagram.html"
        sandbox="allow-scripts"
        data-drawn={height !== null || undefined}
      />
    </div>
  );
}

function colorScheme(): "light" | "dark" {
  return getComputedStyle(document.documentElement).colorScheme === "dark" ? "dark" : "light";
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.slice(0, 200);
}
