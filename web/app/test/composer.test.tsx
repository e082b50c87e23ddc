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
  vi.spyOn(models, "snapshot").mockReturnValue({ phase: "ready", models: [], failure: "", chosen: ["builtin"], away: [], several: false });
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
      <ThreadRuntime view={view} onSent={onSent}>
        <ThreadPrimitive.ViewportProvider>
          <Composer isNew />
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

  it("shows stop instead of send while an answer is written, and keeps what is typed", async () => {
    const stop = vi.spyOn(view, "stop").mockResolvedValue();
    vi.spyOn(view, "snapshot").mockReturnValue({ ...view.snapshot(), isRunning: true });
    const field = show();
    const button = await screen.findByLabelText("Stop the answer");
    write(field, "next");
    expect(fireEvent.keyDown(field, { key: "Enter" }), "no new line either").toBe(false);
    expect(field.value).toBe("next");
    fireEvent.click(button);
    expect(stop).toHaveBeenCalledOnce();
  });
});
