import { client, list } from "../state/app-state";
import { useObservable } from "../state/hooks";

/** For the first start: nothing is there yet. Null while that is not known: the server may have something. */
export function useHasNothing(): boolean | null {
  const { main, pinned } = useObservable(list);
  const { state, isBehind } = useObservable(client.connection);
  if (main.items.length > 0 || pinned.items.length > 0) return false;
  return main.phase === "ready" && state === "online" && !isBehind ? true : state === "offline" ? false : null;
}
