// Which part of a long path is handed to the view. Pure functions over index ranges.

/** `start` inclusive, `end` exclusive, both into the loaded path. */
export interface PathWindow {
  readonly start: number;
  readonly end: number;
}

/** The view never holds more messages than this: its cost per update grows with what it holds. */
export const windowRowsMax = 300;
/** How far the window moves at once. */
export const windowStep = 50;

/** The newest part of a path of `length` messages. */
export function windowAtEnd(length: number): PathWindow {
  return { start: Math.max(0, length - windowRowsMax), end: length };
}

/** The part around one message, with more after it than before it. */
export function windowAround(index: number, length: number): PathWindow {
  const end = Math.min(length, Math.max(0, index - windowRowsMax / 3) + windowRowsMax);
  return { start: Math.max(0, end - windowRowsMax), end };
}

/** Older messages were put in front: the window keeps showing the same ones. */
export function afterPrepend(window: PathWindow, added: number): PathWindow {
  return { start: window.start + added, end: window.end + added };
}

/** Shows up to `windowStep` older loaded messages, leaving out the newest when there are too many. */
export function shiftOlder(window: PathWindow): PathWindow {
  const start = Math.max(0, window.start - windowStep);
  return { start, end: Math.min(window.end, start + windowRowsMax) };
}

/** Shows up to `windowStep` newer loaded messages, leaving out the oldest when there are too many. */
export function shiftNewer(window: PathWindow, length: number): PathWindow {
  const end = Math.min(length, window.end + windowStep);
  return { start: Math.max(window.start, end - windowRowsMax), end };
}

/**
 * The path changed its length from `before` to `after` at its end (a message was appended, a branch was cut). A window
 * that showed the end goes on showing it; another one stays where it is, as far as there is anything.
 */
export function afterEndChange(window: PathWindow, before: number, after: number): PathWindow {
  if (window.end >= before) {
    const start = Math.min(window.start, Math.max(0, after - 1));
    return { start: Math.max(start, after - windowRowsMax, 0), end: after };
  }
  if (window.start < after) return { start: window.start, end: Math.min(window.end, after) };
  return windowAtEnd(after);
}
