import type { Conversation } from "@threadkeep/client";
import { describe, expect, it } from "vitest";
import { byDate, dateGroup } from "../src/sidebar/groups";

const at = (text: string) => new Date(text).getTime();
const now = at("2026-03-30T00:30:00");

describe("dateGroup", () => {
  it.each([
    ["2026-03-30T00:00:00", "Today"],
    ["2026-04-02T12:00:00", "Today"],
    ["2026-03-29T23:59:59", "Yesterday"],
    ["2026-03-29T00:00:00", "Yesterday"],
    ["2026-03-28T23:59:59", "Previous 7 days"],
    ["2026-03-23T00:00:00", "Previous 7 days"],
    ["2026-03-22T23:59:59", "Previous 30 days"],
    ["2026-02-28T00:00:00", "Previous 30 days"],
    ["2026-02-27T23:59:59", "February"],
    ["2025-12-31T23:59:59", "December 2025"],
  ])("%s is %s", (time, group) => {
    const { label, from } = dateGroup(at(time), now, "en");
    expect(label).toBe(group);
    expect([dateGroup(from, now, "en").label, dateGroup(from - 1, now, "en").label === group]).toEqual([group, false]);
  });
});

describe("byDate", () => {
  it("puts one heading before each group and keeps the order", () => {
    const times = ["2026-03-30T00:10:00", "2026-03-30T00:05:00", "2026-03-29T10:00:00", "2026-01-02T10:00:00"];
    const conversations = times.map((time, index) => ({ id: `c${index}`, updatedAt: at(time) }) as Conversation);
    const entries = byDate(conversations, now, "en");
    expect(entries.map((entry) => (entry.kind === "heading" ? entry.label : entry.key))).toEqual([
      "Today", "c0", "c1", "Yesterday", "c2", "January", "c3",
    ]);
    expect(new Set(entries.map((entry) => entry.key)).size).toBe(entries.length);
  });
});
