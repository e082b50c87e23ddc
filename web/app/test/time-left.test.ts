import { describe, expect, it } from "vitest";
import { timeLeft } from "../src/import/time-left";

describe("the time that an upload will still take", () => {
  it.each([
    [1_000, 50, 100, ""],
    [10_000, 0, 100, ""],
    [10_000, 100, 100, ""],
    [10_000, 50, 100, ", about 10 s left"],
    [10_000, 25, 100, ", about 30 s left"],
    [60_000, 10, 100, ", about 9 min left"],
  ])("after %i ms with %i of %i sent", (ms, sent, total, words) => {
    expect(timeLeft(ms, sent, total)).toBe(words);
  });
});
