import { Observable } from "@threadkeep/client";

export interface Toast {
  id: number;
  text: string;
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
  show(toast: { text: string; action?: Toast["action"] }): void {
    const endsAt = Date.now() + (toast.action ? undoMs : plainMs);
    this.publish([...this.snapshot().slice(-2), { ...toast, id: this.nextId++, endsAt }]);
  }
  dismiss(id: number): void {
    this.publish(this.snapshot().filter((toast) => toast.id !== id));
  }
}

export const toasts = new Toasts();
