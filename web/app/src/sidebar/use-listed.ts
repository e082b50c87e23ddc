import { useMemo } from "react";
import { Observable, type Conversation, type ListState } from "@threadkeep/client";
import { list } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { filterOf, type SideView } from "../state/side";

interface Listed {
  pinned: readonly Conversation[];
  items: readonly Conversation[];
  phase: ListState["phase"];
}

const none: readonly Conversation[] = [];
const nothing = new Observable<ListState>({ phase: "ready", items: none });

/** The conversations of a view, newest first; in the main view the pinned ones apart. */
export function useListed(view: SideView): Listed {
  const lists = useObservable(list);
  const filter = filterOf(view);
  const filtered = useObservable(filter ? list.select(filter) : nothing);
  const found = useMemo(() => {
    if (view.kind !== "found") return none;
    const known = view.ids.map((id) => list.get(id)).filter((one) => one !== undefined && !one.deletedAt) as Conversation[];
    return known.sort((a, b) => b.updatedAt - a.updatedAt);
    // The lists change with every conversation in them.
  }, [view, lists]);

  const scope = view.kind === "archived" || view.kind === "trash" ? view.kind : "main";
  const state = filter ? filtered : lists[scope];
  return {
    pinned: view.kind === "main" ? lists.pinned.items : none,
    items: view.kind === "found" ? found : state.items,
    phase: view.kind === "found" ? "ready" : state.phase,
  };
}
