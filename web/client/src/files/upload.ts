// One file on its way to the server. XMLHttpRequest, because fetch tells nothing of what has been sent.
import { problemOf, UnreachableError } from "../problem";

export interface FileUpload {
  baseUrl: string;
  id: string;
  bytes: Blob;
  mediaType: string;
  onProgress: (sentBytes: number) => void;
  signal: AbortSignal;
}

export type Upload = (upload: FileUpload) => Promise<void>;

/** Resolves when the server has it for good. Rejects as the calls of the API do. */
export const uploadFile: Upload = ({ baseUrl, id, bytes, mediaType, onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${baseUrl}/api/attachments?sha256=${id}`);
    request.setRequestHeader("content-type", mediaType);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      const headers = { "content-type": request.getResponseHeader("content-type") ?? "" };
      void problemOf(new Response(request.responseText, { status: request.status, headers })).then(reject);
    };
    request.onerror = () => reject(new UnreachableError());
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    if (signal.aborted) return reject(new DOMException("The upload was stopped.", "AbortError"));
    request.send(bytes);
  });
