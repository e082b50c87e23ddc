import type { ImportProgress } from "@threadkeep/client";
import { useRef, useState } from "react";
import { sizeOf } from "../files/size";
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
  const stage = stageOf(progress);
  const begun = useRef({ of: "", time: 0 });
  const [isStopping, setStopping] = useState(false);
  const now = `${at} ${stage.label}`;
  if (begun.current.of !== now) begun.current = { of: now, time: Date.now() };
  const left = timeLeft(Date.now() - begun.current.time, stage.done, stage.total);
  return (
    <div>
      <p className="truncate font-medium" title={name} dir="auto">
        {name}
        {files.length > 1 && <span className="font-normal text-faint">{` · file ${at + 1} of ${files.length}`}</span>}
      </p>
      <p className="mt-1 text-small text-soft tabular-nums" role="status">
        {isStopping && progress.read ? "Stopping after what is being read…" : `${stage.text}${left}`}
      </p>
      <progress
        className="progress mt-3"
        max={100}
        value={stage.total > 0 ? Math.floor((stage.done / stage.total) * 100) : undefined}
        aria-label={stage.label}
      />
      <Button
        className="mt-4"
        icon="close"
        disabled={isStopping}
        onClick={() => {
          setStopping(true);
          onStop();
        }}
      >
        Stop
      </Button>
    </div>
  );
}

const number = new Intl.NumberFormat("en");

interface Stage {
  label: string;
  text: string;
  done: number;
  /** 0: not known. */
  total: number;
}

function stageOf({ sentBytes, totalBytes, read }: ImportProgress): Stage {
  const isSent = totalBytes > 0 && sentBytes >= totalBytes;
  if (!isSent) return { label: "Sending the file", text: `Sending: ${sizeOf(sentBytes)} of ${sizeOf(totalBytes)}`, done: sentBytes, total: totalBytes };
  const label = "The server is reading the file";
  if (!read || read.bytesDone === 0) return { label, text: "The file has arrived. The server is reading it…", done: 0, total: 0 };
  const { bytesDone, bytesTotal, conversations } = read;
  const all = Math.round((conversations / bytesDone) * bytesTotal);
  const text = `Reading: ${number.format(conversations)} of about ${number.format(Math.max(all, conversations))} conversations`;
  return { label, text, done: bytesDone, total: bytesTotal };
}
