import { Button } from "../components/ui/button";
import { client } from "../state/app-state";
import { useObservable } from "../state/hooks";

/** A newer page in another tab has taken over the copy on this device: this one can only be read. */
export function OldTab() {
  const { reload } = useObservable(client.connection);
  if (reload !== "old-tab") return null;
  return (
    <div role="alert" className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-waiting-ground px-4 py-2 text-small">
      <p className="min-w-48 flex-1">
        <span className="font-semibold text-waiting">This tab is old.</span> Threadkeep was updated in another tab. Nothing is lost; load this one again to go on writing.
      </p>
      <Button look="primary" icon="again" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}
