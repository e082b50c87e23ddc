// What an answer is made of, wherever it is shown.
import { duetOf, finishReasonOf, isUnfinished, type ContentBlock, type MessageRow, type ToolResultBlock } from "@threadkeep/client";
import { BlockView } from "../blocks/block-view";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { client, models } from "../state/app-state";
import { focusComposer } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { KeysButton } from "../status/keys-button";
import { endingOf } from "./ending";
import { useGoesOn } from "./use-row";
import { WaitingCallsPlace } from "./waiting-calls-place";

/** The blocks in their order; the result of a tool is drawn with its use. What waits for the person's word comes last, with what became of it. */
export function Blocks({ row }: { row: MessageRow }) {
  const { content, status, metadata } = row.message;
  const waits = finishReasonOf(row.message) === "confirmation";
  const uses = new Set(content.map((block) => (block.type === "tool_use" ? (block.id as string) : "")));
  const results = new Map<string, ToolResultBlock>();
  for (const block of content) if (isResult(block) && uses.has(block.toolUseId)) results.set(block.toolUseId, block);
  return (
    <div className="flex flex-col gap-3">
      {content.map((block, index) => {
        if (isResult(block) && (uses.has(block.toolUseId) || metadata.decisions)) return null;
        if (waits && block.type === "tool_use" && !results.has(block.id as string)) return null;
        const isGrowing = isUnfinished(status) && index === content.length - 1;
        return <BlockView key={index} block={block} isGrowing={isGrowing} results={results} />;
      })}
      {waits && <WaitingCallsPlace row={row} />}
    </div>
  );
}

function isResult(block: ContentBlock): block is ToolResultBlock {
  return block.type === "tool_result";
}

/** The place of an answer to a question that is not on the server yet: nobody thinks about it. */
export function Waiting() {
  const { state } = useObservable(client.connection);
  return (
    <p className="mt-2 flex min-h-6 items-center gap-2 text-small text-faint">
      <span className="size-2 shrink-0 rounded-full border-[1.5px] border-line-strong" aria-hidden="true" />
      {state === "offline" && "It will be answered when the server has your question."}
    </p>
  );
}

export function Writing({ row }: { row: MessageRow }) {
  const { isReconnecting } = useViewSnapshot();
  const hasText = row.message.content.some(({ type }) => type !== "context_summary");
  return (
    <div className="mt-2 flex h-6 items-center gap-2 text-small text-faint">
      <span className="pulse size-2 rounded-full bg-accent" aria-hidden="true" />
      {isReconnecting ? (
        <span className="appear-late text-waiting">The connection was lost. What came is kept. Reconnecting…</span>
      ) : (
        !hasText && <span className="appear-late">Thinking…</span>
      )}
    </div>
  );
}

/** Says why an answer ended early, what is safe, and what can be done. */
export function EndingView({ row, isLast }: { row: MessageRow; isLast: boolean }) {
  const view = useView();
  const { isRunning } = useViewSnapshot();
  // Where the next message goes on with it, it did not end here.
  const isContinued = useGoesOn();
  const ending = isContinued ? null : endingOf(row.message);
  if (!ending) return null;
  const { icon, text, detail, look, action } = ending;
  const { id } = row.message;
  // A duet goes on with the other model's turn: its bar offers that.
  const isDuet = duetOf(row.message) !== null;
  const again = (
    <Button icon="again" disabled={isRunning} onClick={() => act(() => view.again(id, modelsFor(row)))}>
      Try again
    </Button>
  );
  if (look === "failed") {
    return (
      <div className="mt-3 rounded-xl bg-failed-ground px-4 py-3 text-small">
        <p className="flex items-center gap-2 font-medium text-failed">
          <Icon name={icon} size={18} className="shrink-0" />
          {text}
        </p>
        <p className="mt-1 mb-2 text-soft wrap-anywhere">{detail}</p>
        {again}
        {row.message.error?.type === "auth" && <KeysButton />}
      </div>
    );
  }
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-small text-soft">
      <span className="flex min-w-0 items-baseline gap-2">
        <Icon name={icon} size={16} className="shrink-0 translate-y-[3px] text-faint" />
        <span className="min-w-0 wrap-anywhere">
          {text}
          {detail && <span className="text-faint"> {detail}</span>}
        </span>
      </span>
      {isLast && action === "continue" && !isDuet && (
        <Button disabled={isRunning} onClick={() => act(() => view.continueAfter(id, modelsFor(row)))}>
          Continue
        </Button>
      )}
      {isLast && action === "again" && again}
    </div>
  );
}

/** The button that was pressed goes away: the keyboard goes on at the message field. */
export function act(run: () => void): void {
  run();
  focusComposer();
}

/** The model that wrote the answer, when it is still there. */
function modelsFor(row: MessageRow): string[] {
  const { models: known, chosen } = models.snapshot();
  const { model } = row.message;
  return model && known.some((one) => one.id === model) ? [model] : chosen.slice(0, 1);
}
