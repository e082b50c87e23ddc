// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drawEarlyWords, noteHere } from "../src/offline/early-words";

const chat = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const root = () => document.getElementById("root")!;
const answering = (body: unknown, ok = true) => vi.fn(async () => ({ ok, json: async () => body }) as Response);
const settled = () => vi.advanceTimersByTimeAsync(2_000);
const page = (text: string) => ({ messages: [{ role: "user", content: [{ type: "text", text: "Where?" }] }, { role: "assistant", content: [{ type: "text", text }, { type: "reasoning", text: "secret" }] }] });

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = '<div id="root"><p id="boot">loading</p></div>';
  history.replaceState(null, "", `/?chat=${chat}`);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  localStorage.clear();
});

describe("the first words on a new device", () => {
  it("are the newest messages, as text, that can be seen and not used", async () => {
    vi.stubGlobal("fetch", answering(page("<b>Here</b>")));
    drawEarlyWords(root());
    await settled();
    expect(root().querySelector("#boot")).toBeNull();
    expect(root().textContent).toBe("Where?<b>Here</b>");
    expect(root().querySelector("b")).toBeNull();
    expect((root().firstChild as HTMLElement).getAttribute("aria-hidden")).toBe("true");
  });

  it("are what can be read of rows that break every rule", async () => {
    const rows = [null, { role: 3, content: "text" }, { role: "assistant", content: [null, 7, { type: "text", text: {} }, { type: "text", text: "Here" }] }];
    vi.stubGlobal("fetch", answering({ messages: rows }));
    drawEarlyWords(root());
    await settled();
    expect(root().textContent).toBe("Here");
  });

  it("come too late when the page is there", async () => {
    vi.stubGlobal("fetch", answering(page("Here")));
    drawEarlyWords(root());
    root().replaceChildren("the page");
    await settled();
    expect(root().textContent).toBe("the page");
  });

  it("are not asked for where the device has a copy, or the address names no conversation", async () => {
    const fetched = answering(page("Here"));
    vi.stubGlobal("fetch", fetched);
    history.replaceState(null, "", "/?chat=../../x");
    drawEarlyWords(root());
    history.replaceState(null, "", `/?chat=${chat}`);
    noteHere();
    drawEarlyWords(root());
    await settled();
    expect(fetched).not.toHaveBeenCalled();
  });

  it("leave the page as it is when the server refuses or is away", async () => {
    vi.stubGlobal("fetch", answering({}, false));
    drawEarlyWords(root());
    vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new TypeError("away"))));
    drawEarlyWords(root());
    await settled();
    expect(root().textContent).toBe("loading");
  });
});
