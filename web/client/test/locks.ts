// navigator.locks as a browser has them, as far as one is held by one at a time: Node 20 has none.
type Held = () => unknown;

export function installLocks(): () => void {
  const queues = new Map<string, Promise<unknown>>();
  const request = (name: string, options: { signal?: AbortSignal }, run: Held) => {
    const next = (queues.get(name) ?? Promise.resolve()).then(() => {
      options.signal?.throwIfAborted();
      return run();
    });
    queues.set(name, next.catch(() => undefined));
    return next;
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { locks: { request } }, configurable: true });
  return () => {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  };
}
