// What the service worker answers by itself. Pure, so that it can be tested without a browser.

export interface PageFiles {
  readonly version: string;
  /** Paths, beginning with "/"; the page itself is "/". */
  readonly files: readonly string[];
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly isNavigation: boolean;
}

/** The server's own addresses. They are asked for over the network, always. */
const servers = /^\/(api(\/|$)|healthz$|readyz$|metrics$|openapi\.json$)/;

/**
 * The file to answer a request with, or null to let it go to the network. Any address inside the page is the page, as
 * the server has it: one whose last part has no file extension.
 */
export function answerFor(asked: Asked, origin: string, files: ReadonlySet<string>): string | null {
  if (asked.method !== "GET") return null;
  const url = new URL(asked.url);
  if (url.origin !== origin || servers.test(url.pathname)) return null;
  if (asked.isNavigation) return /\.[^/]*$/.test(url.pathname) ? null : "/";
  if (url.pathname.startsWith("/assets/") || files.has(url.pathname)) return url.pathname;
  return null;
}

/** Of the caches, oldest first, those that stay: this version's, and the one before it for tabs that are still open. */
export function keepersOf(names: readonly string[], ours: string): string[] {
  const others = names.filter((name) => name !== ours);
  return [...others.slice(-1), ours];
}
