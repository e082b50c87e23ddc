import { Button } from "../components/ui/button";
import { useView, useViewSnapshot } from "../state/hooks";

/** At the upper edge: older messages are on their way, or could not be read. Takes no room in the list. */
export function OlderNotice() {
  const view = useView();
  const { isLoadingOlder, olderFailure } = useViewSnapshot();
  if (!isLoadingOlder && !olderFailure) return null;
  return (
    <div className="absolute inset-x-0 top-0 flex h-12 items-center justify-center gap-3 text-small text-faint" role="status">
      {isLoadingOlder ? (
        <span className="appear-late">Loading older messages…</span>
      ) : (
        <>
          Older messages could not be read.
          <Button icon="again" onClick={() => void view.showOlder()}>
            Try again
          </Button>
        </>
      )}
    </div>
  );
}
