// @vitest-environment happy-dom
// A diagram is source until it is asked for, then a sandboxed page that is spoken to by messages.
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { diagramCharsMax } from "../src/markdown/limits";
import { Markdown } from "../src/markdown/markdown";

afterEach(cleanup);

function show(source: string) {
  return render(<Markdown text={`\`\`\`mermaid\n${source}\n\`\`\``} isGrowing={false} />).container;
}

function say(source: unknown, data: unknown) {
  act(() => {
    dispatchEvent(Object.assign(new Event("message"), { source, data }));
  });
}

describe("a diagram", () => {
  it("is its source until it is asked for, and again with one press", () => {
    const box = show("graph TD; A-->B");
    expect(box.querySelector("iframe")).toBeNull();
    expect(box.querySelector("pre")!.textContent).toBe("graph TD; A-->B");
    fireEvent.click(screen.getByRole("button", { name: "Show diagram" }));
    const frame = box.querySelector("iframe")!;
    expect(frame.getAttribute("sandbox")).toBe("allow-scripts");
    expect(frame.getAttribute("src")).toBe("/diagram.html");
    fireEvent.click(screen.getByRole("button", { name: "Show source" }));
    expect(box.querySelector("iframe")).toBeNull();
    expect(box.querySelector("pre")!.textContent).toBe("graph TD; A-->B");
  });

  it("takes the height that its own page says, and nothing from others", () => {
    const box = show("graph TD; A-->B");
    fireEvent.click(screen.getByRole("button", { name: "Show diagram" }));
    const frame = box.querySelector("iframe")!;
    say(window, { height: 500 });
    expect(frame.dataset.drawn).toBeUndefined();
    say(frame.contentWindow, { height: "500" });
    expect(frame.dataset.drawn).toBeUndefined();
    say(frame.contentWindow, { height: 500 });
    expect(frame.dataset.drawn).toBe("true");
  });

  it("that cannot be drawn is its source, with the reason", () => {
    const box = show("no diagram");
    fireEvent.click(screen.getByRole("button", { name: "Show diagram" }));
    say(box.querySelector("iframe")!.contentWindow, { error: "No diagram type detected\nmore" });
    expect(box.querySelector("iframe")).toBeNull();
    expect(box.querySelector("pre")!.textContent).toBe("no diagram");
    expect(box.textContent).toContain("The diagram could not be drawn: No diagram type detected");
    expect(box.textContent).not.toContain("more");
  });

  it("that is too long, or not complete, is source only", () => {
    show("A-->B;".repeat(diagramCharsMax / 5));
    expect(screen.queryByRole("button", { name: "Show diagram" })).toBeNull();
  });
});
