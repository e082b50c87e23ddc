// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";

const fresh = async () => (vi.resetModules(), import("../src/state/reading"));
afterEach(() => localStorage.clear());

describe("what models may read", () => {
  it("is nothing but the conversation they answer in, until a person says otherwise", async () => {
    const { allowedTools } = await fresh();
    expect(allowedTools("A")).toEqual([]);
  });

  it("is allowed for one conversation, and remembered", async () => {
    (await fresh()).reading.choose("A", true);
    const { allowedTools } = await fresh();
    expect(allowedTools("A")).toEqual(["search_conversations", "read_conversation"]);
    expect(allowedTools("B")).toEqual([]);
  });

  it("is allowed in general, but not where it was refused", async () => {
    const { allowedTools, reading } = await fresh();
    reading.chooseEverywhere(true);
    reading.choose("B", false);
    expect(allowedTools("A")).toEqual(["search_conversations", "read_conversation"]);
    expect(allowedTools("B")).toEqual([]);
  });

  it("is nothing where the storage holds something else", async () => {
    for (const text of ["nonsense", "[]", '{"everywhere":"yes","chosen":{"A":"yes"}}', '{"chosen":[1]}']) {
      localStorage.setItem("threadkeep.reading", text);
      expect((await fresh()).allowedTools("A")).toEqual([]);
    }
  });
});
