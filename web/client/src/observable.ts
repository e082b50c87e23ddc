/** The least that a view needs: a value that is replaced, never changed, and a way to hear of it. */
export class Observable<T> {
  private readonly listeners = new Set<() => void>();
  constructor(private value: T) {}

  /** The current value; the same object until something changed. Bound, to be passed as it is. */
  readonly snapshot = (): T => this.value;

  /** Calls `listener` after each change until the returned function is called. Bound. */
  readonly subscribe = (listener: () => void): (() => void) => this.listen(listener);

  /** The returned function returns whether the listener was still there. */
  protected listen(listener: () => void): () => boolean {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The value as it was published last. */
  protected current(): T {
    return this.value;
  }

  protected publish(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener();
  }
}
