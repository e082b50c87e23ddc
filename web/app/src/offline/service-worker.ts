/// <reference lib="webworker" />
// The page without the server. Holds the files of one version of the page, gives them out, and touches nothing else:
// no answer of the API is ever kept here, what is said in conversations lives in the local copy.
import { answerFor, keepersOf, type PageFiles } from "./page-files";

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build: every file of the page, and a hash over all of them. */
declare const __PAGE_FILES__: PageFiles;

const { version, files } = __PAGE_FILES__;
const prefix = "page ";
const ours = prefix + version;
const known = new Set(files);

self.addEventListener("install", (event) => {
  // Calls of the API need not wake the worker; a browser that cannot do this wakes it, and gets the same.
  const { addRoutes } = event as ExtendableEvent & { addRoutes?: (rule: unknown) => Promise<void> };
  void addRoutes?.call(event, { condition: { urlPattern: { pathname: "/api/*" } }, source: "network" })?.catch(() => undefined);
  event.waitUntil(take());
});

/** A file whose name carries its hash is taken over from the version before; all or nothing is kept. */
async function take(): Promise<void> {
  const fresh: string[] = [];
  const held: [string, Response][] = [];
  for (const file of files) {
    const old = file.startsWith("/assets/") ? await caches.match(file) : undefined;
    if (old) held.push([file, old]);
    else fresh.push(file);
  }
  const cache = await caches.open(ours);
  await cache.addAll(fresh.map((file) => new Request(file, { cache: "no-cache" })));
  for (const [file, response] of held) await cache.put(file, response);
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
      const kept = keepersOf(names, ours);
      await Promise.all(names.filter((name) => !kept.includes(name)).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const answer = answerFor(
    { method: request.method, url: request.url, isNavigation: request.mode === "navigate" },
    self.location.origin,
    known,
  );
  if (answer) event.respondWith(held(answer, request));
});

async function held(file: string, request: Request): Promise<Response> {
  // A tab of the version before still asks for its own files.
  const response = (await caches.match(file, { cacheName: ours })) ?? (await caches.match(file));
  if (response) return response;
  const fetched = await fetch(request);
  // Parts of this version that are loaded when they are needed. Their names carry their hash.
  if (fetched.ok && file.startsWith("/assets/")) await (await caches.open(ours)).put(file, fetched.clone());
  return fetched;
}
