import { useEffect } from "react";
import { useObservable } from "./hooks";
import { partMissing, type Part } from "./part";
import { toasts } from "./toasts";

/** The part, loaded now at the latest; null until it is here. `onFailure`: it cannot be had, and the person was told. */
export function usePart<Module>(part: Part<Module>, onFailure: () => void): Module | null {
  const module = useObservable(part);
  useEffect(() => {
    part.load().catch(() => {
      onFailure();
      toasts.show({ text: partMissing });
    });
  }, [part]);
  return module;
}
