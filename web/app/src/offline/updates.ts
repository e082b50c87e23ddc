// Keeps the page's files on the device, and says when the server has newer ones. The page is never changed under a
// reader: the new version waits until it is asked for.
import { Observable } from "@threadkeep/client";

export type UpdateState = "current" | "ready" | "old";

/** How often a page that stays open asks for a newer version, in milliseconds. */
const askAgainMs = 30 * 60_000;

/** `ready`: a newer version waits. `old`: another tab has moved on to it already. */
class Updates extends Observable<UpdateState> {
  private registration: ServiceWorkerRegistration | null = null;
  private isReloading = false;
  private askedAt = 0;

  constructor() {
    super("current");
  }

  /** Once, after the page has been drawn: it must not compete with what a person waits for. */
  async begin(): Promise<void> {
    const { serviceWorker } = navigator;
    const address = workerAddress();
    if (!serviceWorker || address === null) return;
    let hasWorker = serviceWorker.controller !== null;
    serviceWorker.addEventListener("controllerchange", () => {
      if (this.isReloading) location.reload();
      else if (hasWorker) this.publish("old");
      hasWorker = true;
    });
    try {
      // Trusted Types: the policy's value is what `register` takes, its declared type does not say so yet.
      this.registration = await serviceWorker.register(address as unknown as string, { updateViaCache: "none" });
    } catch {
      return; // A private window, or the server is away: the page works all the same, while there is a server.
    }
    if (!this.registration) return; // A browser that was told to do without.
    this.askedAt = Date.now();
    this.watch(this.registration);
    setInterval(() => this.ask(), askAgainMs);
    document.addEventListener("visibilitychange", () => this.ask());
  }

  /** Loads the newer version in this tab. Drafts and what waits to be sent are on the device. */
  reload(): void {
    const waiting = this.registration?.waiting;
    if (!waiting) return location.reload();
    this.isReloading = true;
    waiting.postMessage("take over");
  }

  private ask(): void {
    const isDue = document.visibilityState === "visible" && Date.now() - this.askedAt > 60_000;
    if (!isDue) return;
    this.askedAt = Date.now();
    this.registration?.update().catch(() => undefined);
  }

  private watch(registration: ServiceWorkerRegistration): void {
    const look = (worker: ServiceWorker | null) => {
      if (worker?.state === "installed" && navigator.serviceWorker.controller) this.publish("ready");
    };
    const follow = () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => look(worker));
    };
    look(registration.waiting);
    follow();
    registration.addEventListener("updatefound", follow);
  }
}

/** The one address that the content policy lets become a script. Null where there can be no service worker. */
function workerAddress(): unknown {
  if (!("serviceWorker" in navigator)) return null;
  const address = "/service-worker.js";
  const { trustedTypes } = window as { trustedTypes?: { createPolicy: (name: string, rules: object) => { createScriptURL: (url: string) => unknown } } };
  if (!trustedTypes) return address;
  const policy = trustedTypes.createPolicy("threadkeep-worker", {
    createScriptURL: (url: string) => {
      if (url !== address) throw new TypeError(`not the service worker: ${url}`);
      return url;
    },
  });
  return policy.createScriptURL(address);
}

export const updates = new Updates();
