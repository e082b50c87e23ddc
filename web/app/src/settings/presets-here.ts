// The presets, once somebody has asked for them.
import { Observable, type LocalPresets } from "@threadkeep/client";
import { useEffect, useSyncExternalStore } from "react";
import { client } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { failed } from "../state/actions";

class PresetsHere extends Observable<LocalPresets | null> {
  constructor() {
    super(null);
  }
  async load(): Promise<LocalPresets> {
    const presets = await client.presets();
    if (this.snapshot() !== presets) this.publish(presets);
    return presets;
  }
}

const presetsHere = new PresetsHere();
const nothing = () => () => undefined;

/** Drawn again with every change of them; null until they are here. */
export function usePresets(): LocalPresets | null {
  const presets = useObservable(presetsHere);
  useEffect(() => {
    presetsHere.load().catch(failed);
  }, []);
  useSyncExternalStore(presets?.subscribe ?? nothing, () => presets?.snapshot() ?? null);
  return presets;
}
