// Sending an export file of another product, with progress and a way to stop.
import { newId } from "./ids";
import { problemOf, UnreachableError } from "./problem";
import type { ImportReport } from "./types";

/** What becomes of conversations in the file that were deleted for ever here: "anew" brings them in under new ids. */
export type ErasedBefore = "stay-away" | "anew";

export interface ImportProgress {
  sentBytes: number;
  totalBytes: number;
  /** How far the server has read what was sent; nothing while that is not known. */
  read?: ImportRead;
}

/** As `GET /api/imports/:id` tells it. */
export interface ImportRead {
  bytesDone: number;
  /** Of JSON; an estimate for an archive. */
  bytesTotal: number;
  conversations: number;
}

/** How often the server is asked how far it is. */
const askEveryMs = 700;

/**
 * Uploads `file` and resolves with the server's report. Uses XMLHttpRequest because fetch tells nothing about a
 * body on its way. Progress ends at `totalBytes`; the server reads the file after that, and is asked how far it is.
 * Aborting stops the upload, and later the reading: what came in until then stays, and importing the same file again
 * adds nothing twice. When the server stops, it rejects with its problem, whose detail says what came in.
 */
export function importFile(
  file: File,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
  { erased = "stay-away", baseUrl = "" }: { erased?: ErasedBefore; baseUrl?: string } = {},
): Promise<ImportReport> {
  const id = newId();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = `name=${encodeURIComponent(file.name)}&id=${id}${erased === "anew" ? "&erased=anew" : ""}`;
    request.open("POST", `${baseUrl}/api/import?${query}`);
    request.setRequestHeader("content-type", mediaTypeOf(file.name));
    let sent: ImportProgress = { sentBytes: 0, totalBytes: file.size };
    let asking: ReturnType<typeof setInterval> | undefined;
    request.upload.onprogress = (event) => {
      sent = { sentBytes: event.loaded, totalBytes: event.lengthComputable ? event.total : file.size };
      onProgress(sent);
    };
    // The whole file is with the server: from here on it is the server that is asked, and told to stop.
    request.upload.onload = () => {
      asking = setInterval(() => {
        if (signal.aborted) void fetch(`${baseUrl}/api/imports/${id}/cancel`, { method: "POST" }).catch(() => {});
        else void progressOf(`${baseUrl}/api/imports/${id}`).then((read) => asking && read && onProgress({ ...sent, read }));
      }, askEveryMs);
    };
    request.onloadend = () => {
      clearInterval(asking);
      asking = undefined;
    };
    request.onload = () => {
      const response = new Response(request.responseText, {
        status: request.status,
        headers: { "content-type": request.getResponseHeader("content-type") ?? "" },
      });
      if (!response.ok) void problemOf(response).then(reject);
      else response.json().then((report) => resolve(report as ImportReport), reject);
    };
    request.onerror = () => reject(new UnreachableError());
    request.onabort = () => reject(new DOMException("The import was stopped.", "AbortError"));
    signal.addEventListener("abort", () => asking === undefined && request.abort(), { once: true });
    request.send(file);
  });
}

/** Nothing when it does not say: it has not begun yet, it has ended, or another process reads it. */
async function progressOf(address: string): Promise<ImportRead | undefined> {
  const response = await fetch(address).catch(() => undefined);
  return response?.ok ? ((await response.json().catch(() => undefined)) as ImportRead | undefined) : undefined;
}

/** The content type for the file's name; the server looks into the file itself. */
export function mediaTypeOf(name: string): string {
  if (/\.json$/i.test(name)) return "application/json";
  if (/\.zip$/i.test(name)) return "application/zip";
  return "application/octet-stream";
}
