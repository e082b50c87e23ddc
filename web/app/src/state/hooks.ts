import { createContext, use, useSyncExternalStore } from "react";
import type { Conversation, ConversationSnapshot, LocalConversationView, Observable } from "@threadkeep/client";
import { list } from "./app-state";

export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.snapshot);
}

/** A conversation as the list knows it; undefined until something has read it from the server. */
export function useConversation(id: string): Conversation | undefined {
  return useSyncExternalStore(list.subscribe, () => list.get(id));
}

export const ViewContext = createContext<LocalConversationView | null>(null);

/** The open conversation; only below a ViewContext. */
export function useView(): LocalConversationView {
  const view = use(ViewContext);
  if (!view) throw new Error("useView needs a ViewContext");
  return view;
}

export function useViewSnapshot(): ConversationSnapshot {
  return useObservable(useView());
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
