import type { Conversation } from "@threadkeep/client";
import { describe, expect, it } from "vitest";
import { entriesFor, fits, type Command } from "../src/palette/commands";

const command = (title: string): Command => ({ id: title, title, icon: "plus", run: () => undefined });
const conversation = (title: string) => ({ id: title, title }) as Conversation;

describe("fits", () => {
  it("finds all words, in any order, whatever their case and accents", () => {
    expect(fits("Façade of the Café", "cafe facade")).toBe(true);
    expect(fits("Façade", "facade cafe")).toBe(false);
    expect(fits("如何保存聊天记录", "聊天")).toBe(true);
    expect(fits("anything", "  ")).toBe(true);
  });
});

describe("entriesFor", () => {
  const commands = [command("Import your history"), command("New conversation")];
  const conversations = [conversation("The importance of tea"), conversation("New shoes")];
  const ids = (words: string) => entriesFor(words, commands, conversations, 10).map((entry) => entry.id);

  it("offers the commands first when nothing is typed", () => {
    expect(ids("")).toEqual(["Import your history", "New conversation", "The importance of tea", "New shoes"]);
  });
  it("puts a command that begins so before the conversations, and others after them", () => {
    expect(ids("import")).toEqual(["Import your history", "The importance of tea"]);
    expect(ids("conv")).toEqual(["New conversation"]);
    expect(ids("ew")).toEqual(["New shoes", "New conversation"]);
  });
});
