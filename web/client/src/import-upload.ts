// Sending an export file of another product, with progress and a way to stop.
import { problemOf, UnreachableError } from "./problem";
import type { ImportReport } from "./types";

/** What becomes of conversations in the file that were deleted for ever here: "anew" brings them in under new ids. */
export type ErasedBefore = "stay-away" | "anew";

export interface ImportProgress {
  sentBytes: number;
  totalBytes: number;
}

/**
 * Uploads `file` and resolves with the server's report. Uses XMLHttpRequest because fetch tells nothing about a
 * body on its way. Progress ends at `totalBytes`; the server reads the file after that. Aborting stops the upload;
 * what the server had already taken in stays, and importing the same file again adds nothing twice.
 */
export function importFile(
  file: File,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
  { erased = "stay-away", baseUrl = "" }: { erased?: ErasedBefore; baseUrl?: string } = {},
): Promise<ImportReport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${baseUrl}/api/import?name=${encodeURIComponent(file.name)}${erased === "anew" ? "&erased=anew" : ""}`);
    request.setRequestHeader("content-type", mediaTypeOf(file.name));
    request.upload.onprogress = (event) =>
      onProgress({ sentBytes: event.loaded, totalBytes: event.lengthComputable ? event.total : file.size });
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
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** The content type for the file's name; the server looks into the file itself. */
export function mediaTypeOf(name: string): string {
  if (/\.json$/i.test(name)) return "application/json";
  if (/\.zip$/i.test(name)) return "application/zip";
  return "application/octet-stream";
}
