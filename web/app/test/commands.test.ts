import { describe, expect, it } from "vitest";
import { commandsFor, fits, type Command } from "../src/palette/commands";

const command = (title: string): Command => ({ id: title, title, icon: "plus", run: () => undefined });

describe("fits", () => {
  it("finds all words, in any order, whatever their case and accents", () => {
    expect(fits("Façade of the Café", "cafe facade")).toBe(true);
    expect(fits("Façade", "facade cafe")).toBe(false);
    expect(fits("如何保存聊天记录", "聊天")).toBe(true);
    expect(fits("anything", "  ")).toBe(true);
  });
});

describe("commandsFor", () => {
  const commands = [command("Import your history"), command("New conversation")];
  const titles = (words: string) => {
    const { meant, others } = commandsFor(words, commands);
    return [meant.map(({ title }) => title), others.map(({ title }) => title)];
  };

  it("offers all of them when nothing is typed", () => {
    expect(titles("")).toEqual([["Import your history", "New conversation"], []]);
  });
  it("means the one that begins so, and keeps others that fit for the end", () => {
    expect(titles("import")).toEqual([["Import your history"], []]);
    expect(titles("conv")).toEqual([[], ["New conversation"]]);
    expect(titles("tea")).toEqual([[], []]);
  });
});
