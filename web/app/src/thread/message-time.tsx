import type { MessageRow } from "@threadkeep/client";
import { Tooltip } from "../components/ui/tooltip";
import { shortTime, wholeTime } from "./times";

/** When it was said, and whether the server has it. */
export function MessageTime({ row }: { row: MessageRow }) {
  const { createdAt } = row.message;
  if (row.origin === "sending") return <span className="px-1.5 text-waiting">Sending…</span>;
  return (
    <Tooltip text={`On the server. ${wholeTime(createdAt)}`}>
      <time dateTime={new Date(createdAt).toISOString()} className="px-1.5 tabular-nums">
        {shortTime(createdAt, Date.now())}
      </time>
    </Tooltip>
  );
}
