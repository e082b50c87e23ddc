// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ContentBlock, ToolResultBlock } from "@threadkeep/client";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { BlockView } from "../src/blocks/block-view";
import { sizeOf } from "../src/files/size";
import { toolViewPart } from "../src/blocks/tool-place";
import { pretty } from "../src/blocks/tool-view";

beforeAll(() => toolViewPart.load().then(() => undefined));
afterEach(cleanup);

function show(block: ContentBlock, results = new Map<string, ToolResultBlock>()) {
  return render(<BlockView block={block} isGrowing={false} results={results} />).container;
}

describe("blocks", () => {
  it("shows a block it does not know as kept, with all of it on demand", () => {
    const block = { type: "hologram", frames: [1, 2], "<b>": "<script>alert(1)</script>" };
    const box = show(block);
    expect(box.textContent).toBe("“hologram”: kept as it came");
    fireEvent.click(screen.getByRole("button"));
    expect(JSON.parse(box.querySelector("pre")!.textContent!)).toEqual(block);
    expect(box.querySelector("script")).toBeNull();
  });

  it("shows what a model was given when it searched other conversations, each message with its way to it", () => {
    const hit = { conversationId: "C1", conversationTitle: "Kitchen notes", messageId: "M1", snippet: "marmalade and saffron" };
    const result: ToolResultBlock = { type: "tool_result", toolUseId: "t", content: { query: "marmalade", hits: [hit] } };
    const box = show({ type: "tool_use", id: "t", name: "search_conversations", input: { query: "marmalade" } }, new Map([["t", result]]));
    expect(box.textContent).toBe("Searched your conversations for “marmalade”1 message read");
    fireEvent.click(screen.getByRole("button"));
    expect(screen.getByRole("link").getAttribute("href")).toBe("/?chat=C1&message=M1");
    expect(screen.getByRole("link").textContent).toBe("Kitchen notesmarmalade and saffron");
  });

  it("shows a search that was refused as what it is", () => {
    const result: ToolResultBlock = { type: "tool_result", toolUseId: "t", content: "Not allowed.", isError: true };
    const box = show({ type: "tool_use", id: "t", name: "search_conversations", input: { query: "x" } }, new Map([["t", result]]));
    expect(box.textContent).toContain("failed");
  });

  it("shows what a tool was asked and what came back, folded", () => {
    const result: ToolResultBlock = { type: "tool_result", toolUseId: "t", content: [{ type: "text", text: "3 hits" }], isError: true };
    const box = show({ type: "tool_use", id: "t", name: "search", input: { query: "cats" } }, new Map([["t", result]]));
    expect(box.textContent).toContain("Used search");
    expect(box.textContent).toContain("failed");
    expect(box.textContent).not.toContain("3 hits");
    fireEvent.click(screen.getByRole("button"));
    expect(box.textContent).toContain('"query": "cats"');
    expect(box.textContent).toContain("3 hits");
  });

  it("makes no link of a source with a dangerous address", () => {
    expect(show({ type: "source", url: "javascript:alert(1)", title: "x" }).querySelector("a")).toBeNull();
    expect(show({ type: "source", url: "https://example.com/a" }).querySelector("a")?.textContent).toBe("example.com");
  });

  it("bears blocks whose fields are missing or of another kind", () => {
    for (const block of [
      { type: "source" }, { type: "image" }, { type: "file", size: "large" }, { type: "tool_use" }, { type: "tool_result" },
      { type: "reasoning" }, { type: "text" }, { type: "tool_use", id: "t", name: "x", input: null },
    ] as ContentBlock[]) {
      expect(() => show(block), JSON.stringify(block)).not.toThrow();
    }
  });
});

describe("what is written out", () => {
  it("is text as it is and JSON for the rest", () => {
    expect(pretty("as it is")).toBe("as it is");
    expect(pretty([{ type: "text", text: "a" }, { type: "text", text: "b" }])).toBe("a\nb");
    expect(pretty({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(pretty(undefined)).toBe("");
  });
  it("gives sizes in units a person reads", () => {
    expect([0, 999, 1500, 183_220, 5_000_000, 2e9, "x"].map(sizeOf)).toEqual(["0 B", "999 B", "1.5 kB", "183 kB", "5.0 MB", "2.0 GB", ""]);
  });
});
