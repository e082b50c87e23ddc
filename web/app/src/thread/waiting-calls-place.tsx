// Where calls of tools that need the person's word are shown; what shows them is loaded when there are some.
import type { MessageRow } from "@threadkeep/client";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

const waitingCallsPart = new Part(() => import("./waiting-calls"));

export function WaitingCallsPlace({ row }: { row: MessageRow }) {
  const module = usePart(waitingCallsPart, () => undefined);
  return module && <module.WaitingCalls row={row} />;
}
