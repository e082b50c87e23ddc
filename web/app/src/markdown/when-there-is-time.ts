// Work that is done at once while it is little, and spread over frames when it is much.

/** Work of one frame. */
const frameMs = 10;

let spentMs = 0;
const waiting = new Set<() => void>();
let isScheduled = false;

/** Runs `work` now, or in one of the next frames. The function that it returns calls it off. */
export function whenThereIsTime(work: () => void): () => void {
  if (spentMs < frameMs && waiting.size === 0) timed(work);
  else waiting.add(work);
  schedule();
  return () => waiting.delete(work);
}

function timed(work: () => void): void {
  const begin = performance.now();
  work();
  spentMs += performance.now() - begin;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    spentMs = 0;
    for (const work of waiting) {
      if (spentMs >= frameMs) break;
      waiting.delete(work);
      timed(work);
    }
    if (waiting.size > 0) schedule();
  }, 16);
}
