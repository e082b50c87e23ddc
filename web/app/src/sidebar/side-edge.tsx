import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useObservable } from "../state/hooks";
import { sideLayout } from "../state/side-layout";
import { sideWidthMax, sideWidthMin } from "../theme/look";

const stepPx = 16;

/** The edge of the side bar: dragged, or moved with the arrow keys, it makes it wider. Twice pressed, it is as it was in the beginning. */
export function SideEdge() {
  const edge = useRef<HTMLDivElement>(null);
  const { width } = useObservable(sideLayout);
  const now = () => edge.current?.parentElement?.offsetWidth ?? width ?? sideWidthMin;

  function onPointerDown(event: PointerEvent<HTMLDivElement>) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
  }
  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) sideLayout.setWidth(event.clientX);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") sideLayout.setWidth(now() - stepPx);
    else if (event.key === "ArrowRight") sideLayout.setWidth(now() + stepPx);
    else if (event.key === "Home") sideLayout.setWidth(sideWidthMin);
    else if (event.key === "End") sideLayout.setWidth(sideWidthMax);
    else return;
    event.preventDefault();
  }

  return (
    <div
      ref={edge}
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the side bar"
      aria-valuemin={sideWidthMin}
      aria-valuemax={sideWidthMax}
      aria-valuenow={width ?? 288}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onDoubleClick={() => sideLayout.setWidth(null)}
      onKeyDown={onKeyDown}
      className="absolute inset-y-0 -right-1.5 z-10 w-3 cursor-col-resize touch-none hover:bg-line focus-visible:outline-offset-[-2px]"
    />
  );
}
