// One tab of the browser sends, pulls and holds the connection; when it is closed another one takes over at once.

/**
 * Runs `lead` in one tab at a time, until `signal` is aborted; `lead` must end soon after its own signal is. Without navigator.locks every tab
 * leads: that costs connections, and is otherwise harmless, as every step of the core allows for it.
 */
export function leadWhenFirst(name: string, signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): void {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) {
    void lead(signal);
    return;
  }
  locks.request(`${name}.leader`, { signal }, () => (signal.aborted ? undefined : lead(signal))).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
