import { MessagePrimitive } from "@assistant-ui/react";
import { duetOf, isUnfinished, stateOf, textOf, type MessageRow } from "@threadkeep/client";
import { classes } from "../components/ui/classes";
import { IconButton } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";
import { models } from "../state/app-state";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { act, Blocks, EndingView, Waiting, Writing } from "./answer-parts";
import { BranchPicker } from "./branch-picker";
import { barClass, rowClass } from "./layout";
import { comparison, SideBySide, useCompared } from "./side-by-side";
import { MessageMenu } from "./message-actions";
import { MessageTime } from "./message-time";
import { NotGivenPlace } from "./not-given-place";
import { useGoesOn, useIsLastMessage, useRow } from "./use-row";

export function AssistantMessage() {
  const row = useRow();
  const isLast = useIsLastMessage();
  const isStep = useGoesOn() && textOf(row.message) === "" && row.message.status === "complete";
  const { models: known } = useObservable(models);
  const { status, model, role } = row.message;
  const isWriting = isUnfinished(status);
  const name = models.nameOf(model);
  const compared = useCompared(row, isLast);
  if (compared.isShown) return <SideBySide chosen={row} answers={compared.answers} />;
  const several = known.length > 1 || (row.message.siblingCount ?? 1) > 1;
  return (
    <MessagePrimitive.Root className={classes(rowClass, isStep && "pb-3!")} asChild>
      <article aria-label="Answer" aria-busy={isWriting}>
        <h2 className={duetOf(row.message) ? "pb-1 text-small font-semibold text-soft" : "sr-only"}>{duetOf(row.message) ? name : role === "tool" ? "A tool answered" : `${name || "The model"} answered`}</h2>
        <Blocks row={row} />
        {isWriting ? stateOf(row) === "device" ? <Waiting /> : <Writing row={row} /> : <EndingView row={row} isLast={isLast} />}
        {!isWriting && <NotGivenPlace row={row} isLast={isLast} />}
        <div className={classes(barClass(isLast && !isWriting), isStep && "hidden")}>
          <BranchPicker row={row} />
          {!isWriting && textOf(row.message) && <CopyButton text={() => textOf(row.message)} label="Copy" />}
          {!isWriting && status !== "error" && <AgainButton row={row} />}
          {!isWriting && <MessageMenu row={row} />}
          {compared.answers.length > 1 && <IconButton icon="columns" label="Show the answers side by side" size="small" onClick={() => act(() => comparison.set(row.message.parentId!, "beside"))} />}
          {several && name && !duetOf(row.message) && <span className="ms-1 max-w-48 truncate">{name}</span>}
          <span className="grow" />
          {!isWriting && <MessageTime row={row} />}
        </div>
      </article>
    </MessagePrimitive.Root>
  );
}

export function SystemMessage() {
  const row = useRow();
  return (
    <MessagePrimitive.Root className={rowClass} asChild>
      <article aria-label="Instructions">
        <details className="rounded-xl border border-line px-4 py-2 text-small text-soft">
          <summary className="target flex cursor-pointer items-center font-medium">Instructions to the model</summary>
          <div dir="auto" className="pt-1 pb-1 wrap-anywhere whitespace-pre-wrap">
            {textOf(row.message)}
          </div>
        </details>
      </article>
    </MessagePrimitive.Root>
  );
}

function AgainButton({ row }: { row: MessageRow }) {
  const view = useView();
  const { isRunning } = useViewSnapshot();
  if (!row.message.parentId || row.message.role !== "assistant") return null;
  return (
    <IconButton
      icon="again"
      label="Ask again"
      size="small"
      disabled={isRunning}
      onClick={() => act(() => view.again(row.message.id, models.forAsking()))}
    />
  );
}
