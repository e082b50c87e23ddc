// Above the message field while the newest message is one of a duet: how far it is, stop, and go on.
import { useState } from "react";
import { isUnfinished, textOf, type DuetTurn, type MessageRow } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { models } from "../state/app-state";
import { useObservable, useView } from "../state/hooks";
import { act } from "../thread/answer-parts";
import { fieldLook, turnsMax } from "./look";

const moreUsual = 4;

export function DuetBar({ row, turn }: { row: MessageRow; turn: DuetTurn }) {
  const view = useView();
  useObservable(models);
  const isRunning = isUnfinished(row.message.status);
  const [first, second] = turn.models.map((id) => models.nameOf(id));
  return (
    <div role="group" aria-label="Duet" className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-side px-4 py-2 text-small">
      <p className="flex min-w-[min(12rem,100%)] flex-1 items-center gap-2">
        {isRunning ? <span className="pulse size-2 shrink-0 rounded-full bg-accent" aria-hidden="true" /> : <Icon name="chat" size={16} className="shrink-0 text-faint" />}
        <span className="min-w-0 truncate font-medium">
          {first} and {second}
        </span>
        <span className="shrink-0 text-soft">{isRunning ? `turn ${turn.turn} of ${turn.turns}` : `${saidOf(row, turn)} of ${turn.turns} turns`}</span>
      </p>
      {isRunning ? (
        <Button look="outline" icon="stop" onClick={() => act(() => void view.stop())}>
          Stop the duet
        </Button>
      ) : (
        <GoOn row={row} turn={turn} />
      )}
    </div>
  );
}

/** The answer that ended it may have come without a word. */
function saidOf({ message }: MessageRow, { turn }: DuetTurn): number {
  return textOf(message) === "" ? turn - 1 : turn;
}

function GoOn({ row, turn }: { row: MessageRow; turn: DuetTurn }) {
  const view = useView();
  const left = turn.turns - saidOf(row, turn);
  const [wanted, setWanted] = useState(String(left > 0 ? left : moreUsual));
  const count = Number(wanted);
  const isCount = /^\d+$/.test(wanted) && count >= 1 && count <= turnsMax;
  const { id, parentId } = row.message;
  // Whoever said nothing has the turn again.
  const after = textOf(row.message) === "" ? parentId : id;
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isCount && after !== null) act(() => void view.goOn(after, turn.models, count));
      }}
    >
      <input type="number" min={1} max={turnsMax} value={wanted} aria-label="Further turns" aria-invalid={!isCount} onChange={(event) => setWanted(event.target.value)} className={`${fieldLook} h-9 w-18! max-md:h-11`} />
      <Button type="submit" disabled={!isCount}>
        Go on
      </Button>
    </form>
  );
}
