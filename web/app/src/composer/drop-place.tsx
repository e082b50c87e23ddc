import { useEffect, useState } from "react";
import { dialogs } from "../state/dialogs";
import { takeFiles } from "./files";
import type { Writing } from "./writing";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true && dialogs.snapshot() === null;

/** Files may be dropped anywhere on the page; while they are above it, it says so. */
export function DropPlace({ writing }: { writing: Writing }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const ending = new AbortController();
    const listen = { signal: ending.signal };
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      takeFiles([...event.dataTransfer!.files], writing);
    };
    document.addEventListener("dragover", over, listen);
    document.addEventListener("dragleave", leave, listen);
    document.addEventListener("drop", drop, listen);
    // Also of what a field has taken for itself.
    document.addEventListener("drop", () => setOver(false), { ...listen, capture: true });
    return () => ending.abort();
  }, [writing]);
  if (!isOver) return null;
  return (
    <div className="appear pointer-events-none fixed inset-0 z-40 flex items-center justify-center bg-shade p-6">
      <p className="rounded-2xl border-2 border-dashed border-accent bg-raised px-8 py-6 text-large font-semibold shadow-raised">Drop files to attach them</p>
    </div>
  );
}
