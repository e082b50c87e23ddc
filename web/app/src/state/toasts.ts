import { Observable } from "@threadkeep/client";

export interface Toast {
  id: number;
  text: string;
  /** What it speaks of: a newer message about the same takes its place. */
  about?: string;
  action?: { label: string; run: () => void };
  endsAt: number;
}

/** An undo is offered for this long. */
const undoMs = 10_000;
const plainMs = 5_000;

class Toasts extends Observable<readonly Toast[]> {
  private nextId = 1;
  constructor() {
    super([]);
  }
  show(toast: Omit<Toast, "id" | "endsAt">): void {
    const endsAt = Date.now() + (toast.action ? undoMs : plainMs);
    const others = this.snapshot().filter((shown) => toast.about === undefined || shown.about !== toast.about);
    this.publish([...others.slice(-2), { ...toast, id: this.nextId++, endsAt }]);
  }
  dismiss(id: number): void {
    this.publish(this.snapshot().filter((toast) => toast.id !== id));
  }
}

export const toasts = new Toasts();
