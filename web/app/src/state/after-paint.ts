/** A tab in the background is not painted. */
const paintMsMax = 500;

/** Runs once what is drawn now can be seen: for what nobody waits for. The function that it returns cancels it. */
export function afterPaint(run: () => void): () => void {
  let timer = setTimeout(run, paintMsMax);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    timer = setTimeout(run);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
