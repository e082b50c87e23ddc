// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { ThreadPrimitive } from "@assistant-ui/react";
import { newConversationKey, openClient, type LocalConversationView } from "@threadkeep/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Composer } from "../src/composer/composer";
import { begin, client, drafts, models, newView } from "../src/state/app-state";
import { ViewContext } from "../src/state/hooks";
import { ThreadRuntime } from "../src/thread/runtime";

let view: LocalConversationView;
const onSent = vi.fn();

beforeEach(async () => {
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  begin(await openClient({ keep: "memory", drafts: localStorage }));
  vi.spyOn(models, "snapshot").mockReturnValue({ phase: "ready", models: [], failure: "", chosen: ["builtin"], away: [], silent: [], isLoading: false, several: false });
  view = newView();
});
afterEach(() => {
  cleanup();
  view.dispose();
  client.close();
  localStorage.clear();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  onSent.mockReset();
});

function show(): HTMLTextAreaElement {
  render(
    <ViewContext value={view}>
      <ThreadRuntime view={view}>
        <ThreadPrimitive.ViewportProvider>
          <Composer isNew onSent={onSent} />
        </ThreadPrimitive.ViewportProvider>
      </ThreadRuntime>
    </ViewContext>,
  );
  return screen.getByLabelText<HTMLTextAreaElement>("Message");
}
const write = (field: HTMLTextAreaElement, value: string) => fireEvent.change(field, { target: { value } });

describe("the message field", () => {
  it("sends with Enter, once, and is empty then", async () => {
    const send = vi.spyOn(view, "send").mockResolvedValue();
    const field = show();
    write(field, "hello");
    fireEvent.keyDown(field, { key: "Enter" });
    await waitFor(() => expect(send).toHaveBeenCalledExactlyOnceWith("hello", ["builtin"]));
    await waitFor(() => expect(field.value).toBe(""));
    expect(onSent).toHaveBeenCalledOnce();
    expect(drafts.draft(newConversationKey)).toBe("");
  });

  it("does not send with Shift-Enter, while a word is composed, or when there is nothing to send", async () => {
    const send = vi.spyOn(view, "send").mockResolvedValue();
    const field = show();
    expect(fireEvent.keyDown(field, { key: "Enter" }), "no new line either").toBe(false);
    write(field, "にほん");
    fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
    fireEvent.keyDown(field, { key: "Enter", isComposing: true });
    write(field, "   ");
    fireEvent.keyDown(field, { key: "Enter" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(send).not.toHaveBeenCalled();
  });

  it("keeps what is written, and brings it back", async () => {
    write(show(), "half a thought");
    await waitFor(() => expect(drafts.draft(newConversationKey)).toBe("half a thought"));
    cleanup();
    const again = show();
    await waitFor(() => expect(again.value).toBe("half a thought"));
  });

  it("shows stop while an answer is written; Enter then sends all the same, to wait for the answer", async () => {
    const stop = vi.spyOn(view, "stop").mockResolvedValue();
    const send = vi.spyOn(view, "send").mockResolvedValue();
    const snapshot = { ...view.snapshot(), isRunning: true };
    vi.spyOn(view, "snapshot").mockReturnValue(snapshot);
    const field = show();
    const button = await screen.findByLabelText("Stop the answer");
    expect(screen.queryByLabelText("Send after this answer")).toBeNull();
    write(field, "next");
    await screen.findByLabelText("Send after this answer");
    expect(fireEvent.keyDown(field, { key: "Enter" }), "no new line either").toBe(false);
    expect(send).toHaveBeenCalledExactlyOnceWith("next", ["builtin"]);
    expect(field.value).toBe("");
    fireEvent.click(button);
    expect(stop).toHaveBeenCalledOnce();
  });
});

describe("a long text", () => {
  const long = "word ".repeat(400_000);
  const paste = (field: HTMLTextAreaElement, text: string) =>
    fireEvent.paste(field, { clipboardData: { getData: () => text, files: [], items: [] } });

  it("stands beside the field when it is pasted, with a preview, and is sent as text, in its place", async () => {
    const send = vi.spyOn(view, "send").mockResolvedValue();
    const field = show();
    expect(paste(field, long)).toBe(false);
    expect(field.value).toBe("");
    fireEvent.click(await screen.findByText("Pasted text"));
    expect((await screen.findByLabelText("The pasted text")).textContent).toBe(long.slice(0, 3000));
    write(field, "What is this?");
    field.setSelectionRange(field.value.length, field.value.length);
    paste(field, `after ${long}`);
    fireEvent.keyDown(field, { key: "Enter" });
    await waitFor(() => expect(send).toHaveBeenCalledOnce());
    expect(send.mock.calls[0]![0]).toBe(`${long}\n\nWhat is this?\n\nafter ${long}`);
    expect(drafts.pasted(newConversationKey)).toEqual([]);
  });

  it("is one also when it comes in by another way, and leaves what was there", async () => {
    const field = show();
    write(field, "before");
    write(field, `before${long}`);
    await screen.findByText("Pasted text");
    expect(field.value).toBe("before");
  });

  it("is kept as a draft, can be taken out, and is not sent when it is too long for one message", async () => {
    const send = vi.spyOn(view, "send").mockResolvedValue();
    let field = show();
    paste(field, long.repeat(2));
    paste(field, long.slice(0, 500_000));
    await screen.findByText(/Longer than 4.2 MB/);
    fireEvent.keyDown(field, { key: "Enter" });
    expect(send).not.toHaveBeenCalled();
    cleanup();
    field = show();
    await waitFor(() => expect(screen.getAllByText("Pasted text")).toHaveLength(2));
    fireEvent.click(screen.getAllByLabelText("Remove the pasted text")[0]!);
    await waitFor(() => expect(screen.queryByText(/Longer than/)).toBeNull());
    fireEvent.keyDown(field, { key: "Enter" });
    expect(send).toHaveBeenCalledOnce();
  });

  it("without half characters and U+0000, also a short one", () => {
    const field = show();
    expect(paste(field, "a\0b\uD800c")).toBe(false);
    expect(field.value).toBe("a\uFFFDb\uFFFDc");
    expect(paste(field, "plain"), "the browser does the rest").toBe(true);
  });
});
