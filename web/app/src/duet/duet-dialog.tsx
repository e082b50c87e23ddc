// Two models that talk to each other: who, about what, and for how long.
import { useEffect, useId, useState, type FormEvent, type ReactNode } from "react";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { adopt, models, newView } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { fieldLook, turnsMax } from "./look";

const turnsUsual = 6;

/** Makes a conversation of its own, and opens it. */
export default function DuetDialog() {
  const { models: known, chosen } = useObservable(models);
  const first = chosen[0] ?? known[0]?.id ?? "builtin";
  const second = chosen[1] ?? known.find(({ id }) => id !== first && id !== "builtin")?.id ?? first;
  const [picked, setPicked] = useState<readonly [string | null, string | null]>([null, null]);
  const both = [picked[0] ?? first, picked[1] ?? second] as const;
  const [prompt, setPrompt] = useState("");
  const [turns, setTurns] = useState(String(turnsUsual));
  useEffect(() => void models.load(), []);
  const isTurns = /^\d+$/.test(turns) && Number(turns) >= 1 && Number(turns) <= turnsMax;
  const canStart = prompt.trim() !== "" && isTurns;

  function start(event: FormEvent) {
    event.preventDefault();
    if (!canStart) return;
    const view = newView();
    void view.startDuet(prompt, both, Number(turns));
    dialogs.close();
    adopt(view);
  }

  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Let two models talk" description="They answer each other, in a conversation of its own. You can stop them at any time.">
      <form onSubmit={start} className="flex min-h-0 flex-col gap-4 overflow-y-auto px-6 pt-3 pb-6">
        <Labelled label="What they talk about">
          {(id) => (
            <textarea
              id={id}
              autoFocus
              dir="auto"
              rows={4}
              value={prompt}
              onChange={(event) => setPrompt(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && start(event)}
              className={`${fieldLook} min-h-24 resize-y py-2`}
            />
          )}
        </Labelled>
        <div className="grid gap-4 md:grid-cols-2">
          <ModelField label="Speaks first" value={both[0]} onChoose={(id) => setPicked([id, picked[1]])} />
          <ModelField label="Answers" value={both[1]} onChoose={(id) => setPicked([picked[0], id])} />
        </div>
        <div className="flex flex-wrap items-end gap-4">
          <Labelled label="Answers in all" className="w-40">
            {(id) => (
              <input id={id} type="number" min={1} max={turnsMax} value={turns} aria-invalid={!isTurns} onChange={(event) => setTurns(event.target.value)} className={`${fieldLook} h-10`} />
            )}
          </Labelled>
          <span className="grow" />
          <Button type="submit" look="primary" icon="chat" disabled={!canStart}>
            Start
          </Button>
        </div>
        {!isTurns && <p className="text-small text-failed">From 1 to {turnsMax} answers.</p>}
      </form>
    </Dialog>
  );
}

function ModelField({ label, value, onChoose }: { label: string; value: string; onChoose: (id: string) => void }) {
  const { models: known } = useObservable(models);
  return (
    <Labelled label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChoose(event.target.value)} className={`${fieldLook} h-10`}>
          {known.map((model) => (
            <option key={model.id} value={model.id}>
              {model.name} · {model.vendor}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function Labelled({ label, className, children }: { label: string; className?: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-small font-medium">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
