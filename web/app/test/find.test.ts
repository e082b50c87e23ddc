// @vitest-environment happy-dom
import { rowOf, type Message } from "@threadkeep/client";
import { describe, expect, it } from "vitest";
import { rangesIn } from "../src/find/marks";
import { messagesWith, searched } from "../src/find/texts";

const rowWith = (id: string, text: string) =>
  rowOf({ id, conversationId: "C", parentId: null, role: "assistant", content: [{ type: "text", text }], status: "complete", createdAt: 0, metadata: {}, position: 1, seq: 1 } as Message);
const textsOf = (...texts: string[]) => ({ isWhole: true, messages: texts.map((text, index) => ({ id: String(index), folded: searched(rowWith(String(index), text)) })) });

describe("find in a conversation", () => {
  it("finds a phrase as it was typed, without regard to case, in the order of the messages", () => {
    const texts = textsOf("The rare heron", "nothing", "a RARE  heron", "rare HERON");
    expect(messagesWith(texts, "Rare Heron")).toEqual(["0", "3"]);
    expect(messagesWith(texts, "  ")).toEqual([]);
  });

  it("finds what is read as one phrase and was written with signs of markdown, and what was written with such signs", () => {
    const texts = textsOf("**two** words", "my_snake_case", "see [the page](https://example.com) now", "# 標題 **重要**");
    expect(messagesWith(texts, "two words")).toEqual(["0"]);
    expect(messagesWith(texts, "snake_case")).toEqual(["1"]);
    expect(messagesWith(texts, "example.com")).toEqual(["2"]);
    expect(messagesWith(texts, "重要")).toEqual(["3"]);
  });

  it("marks every place in what is drawn, over borders of elements, but not over borders of blocks and not in buttons", () => {
    document.body.innerHTML = "";
    const message = document.createElement("div");
    for (const [tag, parts] of [["p", ["a ra", "re he", "ron, a rare heron"]], ["p", ["ra"]], ["p", ["re heron"]], ["button", ["rare heron"]]] as const) {
      const block = document.createElement(tag);
      for (const part of parts) block.append(Object.assign(document.createElement("b"), { textContent: part }));
      message.append(block);
    }
    document.body.append(message);
    expect(rangesIn(message, "RARE heron").map(String)).toEqual(["rare heron", "rare heron"]);
  });
});
