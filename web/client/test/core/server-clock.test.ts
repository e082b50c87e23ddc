import { expect, it } from "vitest";
import { derivedId } from "../../src/core/derived-id";
import { ServerClock } from "../../src/core/server-clock";
import { isId } from "../../src/ids";

it("stamps an edit after everything its author can have seen, with a clock that is slow, and in the order of the edits", () => {
  let now = 1_000_000;
  const clock = new ServerClock(() => now);
  clock.observe(9_000_000);
  const first = clock.stamp();
  expect(first).toBeGreaterThanOrEqual(9_001_000);
  expect(clock.stamp()).toBeGreaterThan(first);
  now += 60_000;
  expect(clock.now()).toBe(9_060_000);
  expect(clock.stamp()).toBe(9_060_000);
});

it("hands on what it knows to another tab", () => {
  const [one, other] = [new ServerClock(() => 0), new ServerClock(() => 0)];
  one.observe(5_000);
  other.take(one.reading());
  expect(other.now()).toBe(5_000);
});

it("derives the same id everywhere, and another one for another message", () => {
  const id = "01J8Z0000000000000000000AB";
  expect(derivedId(id, "x")).toBe(derivedId(id, "x"));
  expect(isId(derivedId(id, "x"))).toBe(true);
  const many = new Set(Array.from({ length: 5000 }, (_, index) => derivedId(id.slice(0, 20) + String(index).padStart(6, "0"), "x")));
  expect(many.size).toBe(5000);
});
