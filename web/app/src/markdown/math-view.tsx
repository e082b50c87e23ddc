import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { mathCharsMax } from "./limits";
import type { Math } from "./tree";
import { whenThereIsTime } from "./when-there-is-time";

type Draw = typeof import("./katex").drawMath;

/** Set once the first formula of the page has asked for it. */
let draw: Draw | null = null;

/** A formula; until it is drawn, and when it cannot be, its source. */
export const MathView = memo(function MathView({ math }: { math: Math }) {
  const { value, source, layout } = math;
  const drawMath = useDraw();
  const box = useRef<HTMLSpanElement>(null);
  const [drawn, setDrawn] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (!drawMath || value.length > mathCharsMax) return;
    return whenThereIsTime(() => setDrawn(box.current && drawMath(value, layout, box.current) ? source : null));
  }, [drawMath, value, source, layout]);
  const isDrawn = drawn === source;
  return (
    <span className="math" data-layout={layout} dir="ltr" tabIndex={isDrawn && layout === "display" ? 0 : undefined}>
      {!isDrawn && <span className="math-source">{source}</span>}
      <span ref={box} hidden={!isDrawn} />
    </span>
  );
});

function useDraw(): Draw | null {
  const [known, setKnown] = useState(() => draw);
  useEffect(() => {
    if (known) return;
    let isWanted = true;
    void import("./katex").then(
      ({ drawMath }) => {
        draw = drawMath;
        if (isWanted) setKnown(() => drawMath);
      },
      // Offline, and never asked for before: the source stays.
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [known]);
  return known;
}
