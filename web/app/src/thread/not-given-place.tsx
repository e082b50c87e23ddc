// Where an answer says what its model was not given; what says it is loaded when there is something to say.
import { type MessageRow } from "@threadkeep/client";
import { Part } from "../state/part";
import { router } from "../state/route";
import { usePart } from "../state/use-part";

const notGivenPart = new Part(() => import("./not-given"));

interface NotGivenPlaceProps {
  row: MessageRow;
  isLast: boolean;
}

export function NotGivenPlace(given: NotGivenPlaceProps) {
  const { contextFrom, filesLeftOut } = given.row.message.metadata;
  return (contextFrom !== undefined || filesLeftOut !== undefined) && <Loaded {...given} />;
}

function Loaded({ row, isLast }: NotGivenPlaceProps) {
  const module = usePart(notGivenPart, () => undefined);
  return module && <module.NotGiven row={row} isLast={isLast} onOpen={(message) => router.open(row.message.conversationId, { message })} />;
}
