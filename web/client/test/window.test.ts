import { describe, expect, it } from "vitest";
import { afterEndChange, afterPrepend, shiftNewer, shiftOlder, windowAtEnd, windowRowsMax } from "../src/window";

describe("the window over a long path", () => {
  it("starts at the newest messages", () => {
    expect(windowAtEnd(20)).toEqual({ start: 0, end: 20 });
    expect(windowAtEnd(10_000)).toEqual({ start: 9_700, end: 10_000 });
  });

  it("keeps showing the same messages when older ones are put in front", () => {
    expect(afterPrepend({ start: 0, end: 50 }, 50)).toEqual({ start: 50, end: 100 });
  });

  it("walks to the beginning and back without ever holding too many or leaving a gap", () => {
    const length = 10_000;
    let window = windowAtEnd(length);
    for (let before = window; window.start > 0; before = window) {
      window = shiftOlder(window);
      expect(window.end - window.start).toBeLessThanOrEqual(windowRowsMax);
      expect(window.start).toBeLessThan(before.start);
      expect(window.end).toBeGreaterThan(before.start);
    }
    expect(window).toEqual({ start: 0, end: windowRowsMax });
    while (window.end < length) window = shiftNewer(window, length);
    expect(window).toEqual(windowAtEnd(length));
  });

  it("follows the end when it showed the end", () => {
    expect(afterEndChange({ start: 0, end: 50 }, 50, 52)).toEqual({ start: 0, end: 52 });
    expect(afterEndChange({ start: 0, end: 300 }, 300, 302)).toEqual({ start: 2, end: 302 });
    expect(afterEndChange({ start: 40, end: 90 }, 90, 30)).toEqual({ start: 29, end: 30 });
    expect(afterEndChange({ start: 0, end: 0 }, 0, 50)).toEqual({ start: 0, end: 50 });
  });

  it("stays where it is when the reader is further up", () => {
    expect(afterEndChange({ start: 0, end: 300 }, 400, 402)).toEqual({ start: 0, end: 300 });
    expect(afterEndChange({ start: 0, end: 300 }, 400, 100)).toEqual({ start: 0, end: 100 });
    expect(afterEndChange({ start: 200, end: 300 }, 400, 20)).toEqual({ start: 0, end: 20 });
  });
});
