// Where the bar of a duet stands; it is loaded when there is one.
import { duetOf } from "@threadkeep/client";
import { useViewSnapshot } from "../state/hooks";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

const barPart = new Part(() => import("./duet-bar"));

export function DuetPlace() {
  const { rows, hasNewer } = useViewSnapshot();
  const last = rows.at(-1);
  const turn = last && !hasNewer ? duetOf(last.message) : null;
  return turn && <Loaded row={last!} turn={turn} />;
}

function Loaded(given: Parameters<Awaited<ReturnType<typeof barPart.load>>["DuetBar"]>[0]) {
  const module = usePart(barPart, () => undefined);
  return module && <module.DuetBar key={given.row.message.id} {...given} />;
}
