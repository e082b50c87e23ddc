/** Null where the browser has none, or gives none to a site whose data it blocks: this tab is then alone. */
export function openChannel(name: string): BroadcastChannel | null {
  try {
    return typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
  } catch {
    return null;
  }
}
