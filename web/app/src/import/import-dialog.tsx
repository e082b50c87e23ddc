// Bringing the history of another application in. A separate chunk, loaded when it is first opened.
import { useEffect, useRef, useState } from "react";
import { explain, ProblemError, type ErasedBefore, type ImportProgress, type ImportReport } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { client } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { ChooseFile } from "./choose-file";
import { Report } from "./report";
import { Sending } from "./sending";
import { importAll } from "./several";

type Step =
  | { name: "choose" }
  | { name: "sending"; files: readonly File[]; at: number; progress: ImportProgress; abort: AbortController }
  | { name: "report"; files: readonly File[]; report: ImportReport }
  | { name: "failed"; files: readonly File[]; reason: string; wasStopped: boolean };

const keptAnyway = "What had come in before is kept. Importing the same file again adds nothing twice.";

/** The server says it, when it had begun to read. */
function whatCameIn(error: unknown): string {
  return error instanceof ProblemError ? error.message.replace(/^The import was stopped\. /, "") : keptAnyway;
}

/** `onAttach`: the files were dropped or pasted, and may have been meant for the message. */
export default function ImportDialog({ files: given, onAttach }: { files?: readonly File[]; onAttach?: () => void }) {
  const [step, setStep] = useState<Step>({ name: "choose" });
  const running = useRef<AbortController>(null);

  async function send(files: readonly File[], erased: ErasedBefore = "stay-away") {
    const abort = new AbortController();
    running.current = abort;
    setStep({ name: "sending", files, at: 0, abort, progress: { sentBytes: 0, totalBytes: files[0]?.size ?? 0 } });
    try {
      const onProgress = (at: number, progress: ImportProgress) =>
        setStep((now) => (now.name === "sending" ? { ...now, at, progress } : now));
      const report = await importAll(files, { onProgress, signal: abort.signal, erased });
      setStep({ name: "report", files, report });
    } catch (error) {
      const wasStopped = abort.signal.aborted;
      setStep({ name: "failed", files, wasStopped, reason: wasStopped ? whatCameIn(error) : explain(error) });
    }
    running.current = null;
    client.syncNow();
  }
  useEffect(() => {
    if (given) void send(given);
    return () => running.current?.abort();
  }, [given]);

  return (
    <Dialog
      isOpen
      onClose={() => (step.name === "sending" ? undefined : dialogs.close())}
      title="Import your history"
      description={step.name === "choose" ? "Conversations from another application come in as they are. Nothing you have here is changed." : undefined}
      className="max-w-xl"
    >
      <div className="overflow-y-auto px-6 pt-3 pb-6">
        {step.name === "choose" && <ChooseFile onChoose={(chosen) => void send(chosen)} />}
        {step.name === "sending" && <Sending files={step.files} at={step.at} progress={step.progress} onStop={() => step.abort.abort()} />}
        {step.name === "report" && <Report report={step.report} onMore={() => setStep({ name: "choose" })} onAnew={() => void send(step.files, "anew")} />}
        {step.name === "failed" && (
          <div role="alert">
            <p className="font-medium">{step.wasStopped ? "The import was stopped." : step.files.length === 1 ? "The file could not be imported." : "The files could not be imported."}</p>
            <p className="mt-1 text-small text-soft">
              {step.wasStopped ? step.reason : `${step.reason} ${keptAnyway}`}
            </p>
            <div className="mt-4 flex flex-wrap gap-2">
              <Button look="primary" icon="again" onClick={() => void send(step.files)}>
                Try again
              </Button>
              <Button onClick={() => setStep({ name: "choose" })}>Choose another file</Button>
              {onAttach && (
                <Button
                  icon="attach"
                  onClick={() => {
                    dialogs.close();
                    onAttach();
                  }}
                >
                  Attach to the message
                </Button>
              )}
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
