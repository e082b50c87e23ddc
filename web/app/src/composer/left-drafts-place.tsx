// Where drafts of conversations that are gone are offered; what offers them is loaded when there can be one.
import { isId } from "@threadkeep/client";
import { client, drafts, list } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

const leftPart = new Part(() => import("./left-drafts"));

interface LeftDraftsProps {
  onTake?: (text: string) => void;
}

export function LeftDraftsPlace(given: LeftDraftsProps) {
  const { isBehind } = useObservable(client.connection);
  return !isBehind && drafts.conversations().some((id) => isId(id) && !list.get(id)) && <Loaded {...given} />;
}

function Loaded(given: LeftDraftsProps) {
  const module = usePart(leftPart, () => undefined);
  return module && <module.LeftDrafts {...given} />;
}
