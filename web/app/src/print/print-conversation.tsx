// The whole conversation on paper: on the screen only the part of it is drawn that is in view.
import { explain, textOf, type LocalConversationView, type MessageRow } from "@threadkeep/client";
import { memo } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { BlockView } from "../blocks/block-view";
import { markdownPart } from "../blocks/markdown-part";
import { DrawnWhole } from "../markdown/drawn-whole";
import { models } from "../state/app-state";
import { toasts } from "../state/toasts";
import { wholeTime } from "../thread/times";

/** So many messages are drawn at a time: the page can be used meanwhile. */
const atOnce = 20;
/** Formulas and fonts come in after what they stand in. */
const settleMs = 400;

export async function printConversation(view: LocalConversationView, title: string): Promise<void> {
  if (document.getElementById("print")) return;
  const abort = new AbortController();
  const action = { label: "Stop", run: () => abort.abort() };
  const toast = toasts.show({ text: "Preparing the pages…", action, stays: true });
  const sheet = document.createElement("div");
  sheet.id = "print";
  const root = createRoot(sheet);
  // Paper is white.
  const { theme } = document.documentElement.dataset;
  const end = () => {
    if (theme === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    removeEventListener("afterprint", end);
    root.unmount();
    sheet.remove();
  };
  try {
    await markdownPart.load();
    const { rows, isWhole } = await view.readWhole({ signal: abort.signal });
    document.body.append(sheet);
    for (let count = 0; count < rows.length; ) {
      count = Math.min(rows.length, count + atOnce);
      flushSync(() => root.render(<Sheet title={title} rows={rows.slice(0, count)} isWhole={isWhole} />));
      if (rows.length > atOnce) toasts.change(toast, `Preparing the pages: ${count.toLocaleString()} of ${rows.length.toLocaleString()} messages.`);
      await pause(0);
      abort.signal.throwIfAborted();
    }
    await pause(settleMs);
    abort.signal.throwIfAborted();
    toasts.dismiss(toast);
    document.documentElement.dataset.theme = "light";
    addEventListener("afterprint", end);
    print();
  } catch (error) {
    end();
    if (!abort.signal.aborted) toasts.show({ text: `Not printed. ${explain(error)}` });
  } finally {
    toasts.dismiss(toast);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function Sheet({ title, rows, isWhole }: { title: string; rows: readonly MessageRow[]; isWhole: boolean }) {
  return (
    <DrawnWhole value={true}>
      <h1 dir="auto">{title || "Untitled"}</h1>
      {!isWhole && <p>The beginning is missing: it is not on this device, and the server could not be reached.</p>}
      {rows.map((row) => (
        <PrintedMessage key={row.message.id} row={row} />
      ))}
    </DrawnWhole>
  );
}

const noResults = new Map<string, never>();

const PrintedMessage = memo(function PrintedMessage({ row }: { row: MessageRow }) {
  const { role, model, createdAt, content } = row.message;
  const name = role === "user" ? "You" : role === "system" ? "Instructions" : models.nameOf(model) || "Answer";
  return (
    <section data-printed={row.message.id}>
      <h2>
        {name} <small>{wholeTime(createdAt)}</small>
      </h2>
      {role === "user" && <p dir="auto" className="wrap-anywhere whitespace-pre-wrap">{textOf(row.message)}</p>}
      {content.map((block, index) =>
        role === "user" && block.type === "text" ? null : <BlockView key={index} block={block} isGrowing={false} results={noResults} />,
      )}
    </section>
  );
});
