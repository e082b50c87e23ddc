// How things stand between this device and the server, in one quiet line of the side bar. Nothing when all is well.
import { classes } from "../components/ui/classes";
import { Icon, type IconName } from "../components/ui/icon";
import { updates } from "../offline/updates";
import { client } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { statusOf, type Status } from "./status";

const looks: Record<Status["look"], string> = {
  quiet: "text-faint",
  waiting: "text-waiting",
  failed: "text-failed",
  accent: "text-accent",
};
const icons: Record<Status["kind"], IconName> = { version: "again", failed: "warning", offline: "offline", sending: "send", behind: "import", "not-kept": "warning" };

export function StatusLine() {
  const connection = useObservable(client.connection);
  const update = useObservable(updates);
  const status = statusOf(connection, update);
  return (
    <div role="status" className="empty:hidden">
      {status.map(({ kind, look, text, isLate, action }) => (
        <button
          key={kind}
          type="button"
          onClick={() => (action === "reload" ? updates.reload() : dialogs.open({ name: "outbox" }))}
          className={classes(
            "target flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-start text-small hover:bg-surface",
            looks[look],
            isLate && "appear-late",
          )}
        >
          <Icon name={icons[kind]} size={18} className="mx-[3px] shrink-0" />
          <span className="min-w-0 grow">{text}</span>
          {action === "reload" && <span className="shrink-0 font-semibold underline underline-offset-4">Reload</span>}
        </button>
      ))}
    </div>
  );
}
