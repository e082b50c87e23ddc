import { Button } from "../components/ui/button";
import { client } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { keepsNothing } from "./status";

/** What has happened to the copy on this device, where the page can only be read, or keeps nothing. */
export function OldTab() {
  const { reload, isKept } = useObservable(client.connection);
  if (reload === "old-tab") return isKept ? <ReadOnly title="This tab is old." text="Threadkeep was updated in another tab. Nothing is lost; load this one again to go on writing." /> : <ReadOnly title="The browser has closed the copy on this device." text="Load the page again to go on writing." />;
  if (isKept) return null;
  // On wide screens the line in the side bar says it.
  return (
    <p role="status" className="shrink-0 border-b border-line bg-failed-ground px-4 py-1.5 text-small text-failed md:hidden">
      {keepsNothing}
    </p>
  );
}

function ReadOnly({ title, text }: { title: string; text: string }) {
  return (
    <div role="alert" className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-waiting-ground px-4 py-2 text-small">
      <p className="min-w-48 flex-1">
        <span className="font-semibold text-waiting">{title}</span> {text}
      </p>
      <Button look="primary" icon="again" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}
