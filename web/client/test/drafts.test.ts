import { describe, expect, it } from "vitest";
import { Drafts, type KeyValueStore } from "../src/drafts";

function storage(): KeyValueStore & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

describe("Drafts", () => {
  it("keeps a draft per conversation over a reload, and leaves nothing behind when it is empty", () => {
    const disk = storage();
    const before = new Drafts(disk);
    before.keepDraft("one", "half a thought");
    before.keepDraft("two", "another");
    const after = new Drafts(disk);
    expect([after.draft("one"), after.draft("two"), after.draft("three")]).toEqual(["half a thought", "another", ""]);
    after.keepDraft("one", "");
    after.keepDraft("two", "");
    expect(disk.map.size).toBe(0);
  });

  it("goes on in memory when the storage is full or forbidden", () => {
    const full: KeyValueStore = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: () => undefined,
    };
    const drafts = new Drafts(full);
    drafts.keepDraft("one", "still here");
    expect(drafts.draft("one")).toBe("still here");
  });
});
