import { stateOf, type MessageRow } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { Tooltip } from "../components/ui/tooltip";
import { client } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { shortTime, wholeTime } from "./times";

/** When it was said, and where it is: on this device, on the server, or refused by it and kept here. */
export function MessageTime({ row }: { row: MessageRow }) {
  const { createdAt } = row.message;
  const state = stateOf(row);
  const time = (
    <time dateTime={new Date(createdAt).toISOString()} className="tabular-nums">
      {shortTime(createdAt, Date.now())}
    </time>
  );
  if (state === "device") return <OnDevice />;
  if (state === "failed") {
    return (
      <span className="flex items-center gap-1 px-1.5 text-failed">
        <Icon name="warning" size={14} />
        Not sent, kept here
      </span>
    );
  }
  return (
    <Tooltip text={`On the server. ${wholeTime(createdAt)}`}>
      <span className="flex items-center gap-1 px-1.5">
        <Icon name="stored" size={14} />
        <span className="sr-only">On the server, </span>
        {time}
      </span>
    </Tooltip>
  );
}

function OnDevice() {
  const { state } = useObservable(client.connection);
  const isSending = state !== "offline";
  return (
    <Tooltip text={isSending ? "Kept on this device, and being sent." : "Kept on this device. It will be sent when you are back online."}>
      <span className="flex items-center gap-1 px-1.5 text-waiting">
        <Icon name="device" size={14} />
        {isSending ? "Sending…" : "On this device"}
      </span>
    </Tooltip>
  );
}
