// Answers of several models to one question, next to each other while nothing has been said after them; the others stay as siblings.
import { MessagePrimitive } from "@assistant-ui/react";
import { isUnfinished, Observable, stateOf, textOf, type AnswersView, type MessageRow } from "@threadkeep/client";
import { useEffect, useId, useState, useSyncExternalStore } from "react";
import { classes } from "../components/ui/classes";
import { Button } from "../components/ui/button";
import { CopyButton } from "../components/ui/copy-button";
import { Icon } from "../components/ui/icon";
import { models } from "../state/app-state";
import { useMedia, useObservable, useView } from "../state/hooks";
import { act, Blocks, EndingView, Waiting, Writing } from "./answer-parts";
import { MessageMenu } from "./message-actions";
import { MessageTime } from "./message-time";
import { NotGivenPlace } from "./not-given-place";

/** As many models can be asked at once. */
const columnsMax = 8;

/** What is asked of several at once is stored within this time. */
const togetherMs = 100;

/** By the message that they stand under: how a person wants to see its answers. */
class Comparison extends Observable<ReadonlyMap<string, "beside" | "one">> {
  constructor() {
    super(new Map());
  }
  set(parentId: string, how: "beside" | "one"): void {
    this.publish(new Map([...this.snapshot(), [parentId, how]]));
  }
}

export const comparison = new Comparison();

/**
 * The answers of several models to the same question, this one among them; empty where there are none, or where it was gone on from one. Those that
 * were asked for at once are shown beside each other unless a person wants to see one.
 */
export function useCompared(row: MessageRow, isLast: boolean): { answers: readonly MessageRow[]; isShown: boolean } {
  const { id, parentId, role, siblingIds } = row.message;
  const how = useObservable(comparison).get(parentId ?? "");
  const mayBe = isLast && role === "assistant" && parentId !== null && (siblingIds?.length ?? 0) > 1;
  const all = useAnswers(mayBe ? parentId : null);
  const isOfSeveral = modelsOf(all).size > 1 && all.some(({ message }) => message.id === id);
  if (!isOfSeveral) return { answers: [], isShown: false };
  const together = all.filter(({ message }) => Math.abs(message.createdAt - row.message.createdAt) <= togetherMs);
  const isTogether = modelsOf(together).size > 1;
  const wanted = isTogether ? together : all;
  const newest = new Set(wanted.slice(-columnsMax));
  const answers = wanted.filter((one) => newest.has(one) || one.message.id === id);
  return { answers, isShown: how === undefined ? isTogether : how === "beside" };
}

function modelsOf(rows: readonly MessageRow[]): Set<string | null | undefined> {
  return new Set(rows.map(({ message }) => message.model));
}

const none: readonly MessageRow[] = [];
const never = () => () => {};
const nothing = () => none;

function useAnswers(parentId: string | null): readonly MessageRow[] {
  const view = useView();
  const [watched, setWatched] = useState<AnswersView | null>(null);
  useEffect(() => {
    if (parentId === null) return;
    const answers = view.answersTo(parentId);
    setWatched(answers);
    return () => {
      answers.dispose();
      setWatched(null);
    };
  }, [view, parentId]);
  return useSyncExternalStore(watched?.subscribe ?? never, watched?.snapshot ?? nothing);
}

interface SideBySideProps {
  /** The one that the conversation goes on from. */
  chosen: MessageRow;
  answers: readonly MessageRow[];
}

export function SideBySide({ chosen, answers }: SideBySideProps) {
  const isNarrow = useMedia("(max-width: 767px)");
  // On a phone one is read at a time; which of them is only looked at does not choose it.
  const [read, setRead] = useState(chosen.message.id);
  const shown = answers.some(({ message }) => message.id === read) ? read : chosen.message.id;
  const group = useId();
  const panelOf = (id: string) => `${group}-${id}`;
  return (
    <MessagePrimitive.Root className="w-full px-6 pb-5 max-md:px-4" asChild>
      <article aria-label="Answer" aria-busy={answers.some(({ message }) => isUnfinished(message.status))}>
        <div className="mx-auto flex max-w-[96rem] items-center gap-2 pb-2">
          <h2 className="text-small font-medium text-faint">{answers.length} answers, side by side</h2>
          <span className="grow" />
          <Button look="quiet" onClick={() => act(() => comparison.set(chosen.message.parentId!, "one"))}>
            Show one
          </Button>
        </div>
        {isNarrow && (
          <div role="tablist" aria-label="Answers" className="flex gap-1 overflow-x-auto pb-2">
            {answers.map(({ message }) => (
              <button
                key={message.id}
                type="button"
                role="tab"
                aria-selected={message.id === shown}
                aria-controls={panelOf(message.id)}
                onClick={() => setRead(message.id)}
                className="target flex shrink-0 items-center gap-1.5 rounded-lg px-3 text-small font-medium text-soft aria-selected:bg-surface-strong aria-selected:text-ink"
              >
                {isUnfinished(message.status) && <span className="pulse size-1.5 rounded-full bg-accent" aria-hidden="true" />}
                <span className="max-w-40 truncate">{models.nameOf(message.model) || "Unknown"}</span>
              </button>
            ))}
          </div>
        )}
        <div className="mx-auto grid max-w-[96rem] grid-flow-col auto-cols-[minmax(19rem,1fr)] gap-3 overflow-x-auto pb-1 max-md:block">
          {answers
            .filter(({ message }) => !isNarrow || message.id === shown)
            .map((row) => (
              <Column key={row.message.id} id={panelOf(row.message.id)} row={row} isChosen={row.message.id === chosen.message.id} isTab={isNarrow} />
            ))}
        </div>
      </article>
    </MessagePrimitive.Root>
  );
}

interface ColumnProps {
  id: string;
  row: MessageRow;
  isChosen: boolean;
  isTab: boolean;
}

function Column({ id, row, isChosen, isTab }: ColumnProps) {
  const view = useView();
  const { message } = row;
  const isWriting = isUnfinished(message.status);
  const name = models.nameOf(message.model) || "Unknown model";
  return (
    <section
      id={id}
      role={isTab ? "tabpanel" : "group"}
      aria-label={`Answer of ${name}`}
      className={classes("group/message flex min-w-0 flex-col rounded-2xl border p-4", isChosen ? "border-accent" : "border-line")}
    >
      <h3 className="truncate pb-3 font-semibold" title={name}>
        {name}
      </h3>
      <Blocks row={row} />
      {isWriting ? stateOf(row) === "device" ? <Waiting /> : <Writing row={row} /> : <EndingView row={row} isLast />}
      {!isWriting && <NotGivenPlace row={row} isLast />}
      <div className="grow" />
      <div className="-ms-1.5 mt-3 flex min-h-8 flex-wrap items-center gap-0.5 text-small text-faint">
        {isWriting && (
          <Button look="quiet" icon="stop" aria-label={`Stop ${name}`} onClick={() => act(() => void view.stopAnswer(message.id))}>
            Stop
          </Button>
        )}
        {!isWriting && textOf(message) && <CopyButton text={() => textOf(message)} label="Copy" />}
        {!isWriting && <MessageMenu row={row} />}
        {!isWriting && <MessageTime row={row} />}
        <span className="grow" />
        {isChosen ? (
          <span className="flex items-center gap-1.5 px-2 font-medium text-accent">
            <Icon name="check" size={16} />
            Goes on from here
          </span>
        ) : (
          <Button look="outline" aria-label={`Go on from the answer of ${name}`} onClick={() => act(() => void view.switchBranch(message.id))}>
            Go on from this
          </Button>
        )}
      </div>
    </section>
  );
}
