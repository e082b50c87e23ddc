import { Observable } from "@threadkeep/client";

export interface Toast {
  id: number;
  text: string;
  /** The conversation that it is about, by its name. */
  title?: string;
  /** What it speaks of: a newer message about the same takes its place. */
  about?: string;
  action?: { label: string; run: () => void };
  endsAt: number;
}

interface ToastOptions extends Omit<Toast, "id" | "endsAt"> {
  /** Until it is dismissed: for what is still going on. */
  stays?: boolean;
}

export const undoLabel = "Undo";
/** An undo is offered for this long. */
const undoMs = 10_000;
const plainMs = 5_000;
/** Those that wait below the newest: one is shown at a time. */
const keptMax = 3;

class Toasts extends Observable<readonly Toast[]> {
  private nextId = 1;
  constructor() {
    super([]);
  }
  /** Returns its id, for `change` and `dismiss`. */
  show({ stays, ...toast }: ToastOptions): number {
    const id = this.nextId++;
    const endsAt = stays ? Infinity : Date.now() + (toast.action ? undoMs : plainMs);
    // What only says something is over when something newer is said; a way back, or what still goes on, is shown again after it.
    const others = this.snapshot().filter((shown) => shown.action && (toast.about === undefined || shown.about !== toast.about));
    this.publish([...others.slice(1 - keptMax), { ...toast, id, endsAt }]);
    return id;
  }
  /** Takes away what was shown long enough, or would have been while something newer was. */
  expire(now: number): void {
    if (this.snapshot().some((toast) => toast.endsAt <= now)) this.publish(this.snapshot().filter((toast) => toast.endsAt > now));
  }
  change(id: number, text: string): void {
    this.publish(this.snapshot().map((toast) => (toast.id === id ? { ...toast, text } : toast)));
  }
  /** Takes back what was done last, as long as that is offered. */
  undo(): void {
    const now = Date.now();
    const toast = this.snapshot().findLast(({ action, endsAt }, at, all) => action?.label === undoLabel && (endsAt > now || at === all.length - 1));
    if (!toast) return;
    this.dismiss(toast.id);
    toast.action?.run();
  }
  dismiss(id: number): void {
    this.publish(this.snapshot().filter((toast) => toast.id !== id));
  }
}

export const toasts = new Toasts();
