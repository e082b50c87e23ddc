// Where it is said how full the conversation is, for a model of which that is known.
import { models } from "../state/app-state";
import { useObservable, useViewSnapshot } from "../state/hooks";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

const fullnessPart = new Part(() => import("./fullness"));

export function FullnessPlace() {
  const { models: known, chosen } = useObservable(models);
  const { rows, hasNewer } = useViewSnapshot();
  const model = chosen.length === 1 ? known.find(({ id }) => id === chosen[0]) : undefined;
  return model?.contextTokens && rows.length > 0 && !hasNewer ? <Loaded window={model.contextTokens} name={model.name} /> : null;
}

function Loaded(given: { window: number; name: string }) {
  const module = usePart(fullnessPart, () => undefined);
  const { rows, hasOlder } = useViewSnapshot();
  return module && <module.Fullness rows={rows} isWhole={!hasOlder} {...given} />;
}
