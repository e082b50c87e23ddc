import type { AttachmentBlock } from "@threadkeep/client";
import { useEffect } from "react";
import { useObservable } from "../state/hooks";
import { filesPart } from "./files-part";

/** The files of what is being written; they are drawn by a part of the page that comes with the first of them. */
export function AttachedFiles({ files, onTakeOut }: { files: readonly AttachmentBlock[]; onTakeOut: (id: string) => void }) {
  const part = useFiles(files.length > 0);
  if (files.length === 0) return null;
  return part ? <part.FileList files={files} onTakeOut={onTakeOut} /> : <div className="h-18" />;
}

/** Null until it is here. */
export function useFiles(isWanted: boolean) {
  const part = useObservable(filesPart);
  useEffect(() => {
    if (isWanted) void filesPart.load().catch(() => undefined);
  }, [isWanted]);
  return part;
}
