import type { ImportProgress } from "@threadkeep/client";
import { useRef } from "react";
import { sizeOf } from "../blocks/block-view";
import { Button } from "../components/ui/button";
import { timeLeft } from "./time-left";

interface SendingProps {
  files: readonly File[];
  /** Which of them is on its way. */
  at: number;
  progress: ImportProgress;
  onStop: () => void;
}

/** Two stages, told apart: what can be counted is counted, what cannot is not pretended. */
export function Sending({ files, at, progress, onStop }: SendingProps) {
  const { name } = files[at]!;
  const { sentBytes, totalBytes } = progress;
  const isSent = totalBytes > 0 && sentBytes >= totalBytes;
  const percent = totalBytes > 0 ? Math.floor((sentBytes / totalBytes) * 100) : 0;
  const begun = useRef({ at, time: Date.now() });
  if (begun.current.at !== at) begun.current = { at, time: Date.now() };
  const left = timeLeft(Date.now() - begun.current.time, sentBytes, totalBytes);
  return (
    <div>
      <p className="truncate font-medium" title={name} dir="auto">
        {name}
        {files.length > 1 && <span className="font-normal text-faint">{` · file ${at + 1} of ${files.length}`}</span>}
      </p>
      <p className="mt-1 text-small text-soft tabular-nums" role="status">
        {isSent
          ? "The file has arrived. The server is reading it…"
          : `Sending: ${sizeOf(sentBytes)} of ${sizeOf(totalBytes)}${left}`}
      </p>
      <progress
        className="progress mt-3"
        max={100}
        value={isSent ? undefined : percent}
        aria-label={isSent ? "The server is reading the file" : "Sending the file"}
      />
      <Button className="mt-4" icon="close" onClick={onStop}>
        Stop
      </Button>
    </div>
  );
}
