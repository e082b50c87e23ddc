// A part of the page that is loaded when it is first used, or ahead when there is nothing else to do. Once it is here it is drawn at once: nothing flashes.
import { Observable } from "@threadkeep/client";

/** Its snapshot: what it is made of, or null while it is not here. */
export class Part<Module> extends Observable<Module | null> {
  private loading: Promise<Module> | null = null;

  constructor(private readonly fetch: () => Promise<Module>) {
    super(null);
  }

  /** Rejects where it is neither on this device nor to be had from the server; the next call tries again. */
  load(): Promise<Module> {
    this.loading ??= this.fetch().then(
      (module) => {
        this.publish(module);
        return module;
      },
      (error: unknown) => {
        this.loading = null;
        throw error;
      },
    );
    return this.loading;
  }
}

export const partMissing = "This part of the page is not on this device, and the server cannot be reached.";

/** In this order, one after the other; what cannot be had now is loaded when it is used. */
export async function loadAhead(parts: readonly Part<unknown>[]): Promise<void> {
  for (const part of parts) await part.load().catch(() => undefined);
}
