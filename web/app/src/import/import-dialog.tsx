// Bringing the history of another application in. A separate chunk, loaded when it is first opened.
import { useEffect, useRef, useState } from "react";
import { explain, importFile, type ErasedBefore, type ImportProgress, type ImportReport } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { client } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { ChooseFile } from "./choose-file";
import { Report } from "./report";
import { Sending } from "./sending";

type Step =
  | { name: "choose" }
  | { name: "sending"; file: File; progress: ImportProgress; abort: AbortController }
  | { name: "report"; file: File; report: ImportReport }
  | { name: "failed"; file: File; reason: string; wasStopped: boolean };

export default function ImportDialog({ file }: { file?: File }) {
  const [step, setStep] = useState<Step>({ name: "choose" });
  const running = useRef<AbortController>(null);

  async function send(chosen: File, erased: ErasedBefore = "stay-away") {
    const abort = new AbortController();
    running.current = abort;
    setStep({ name: "sending", file: chosen, abort, progress: { sentBytes: 0, totalBytes: chosen.size } });
    try {
      const onProgress = (progress: ImportProgress) =>
        setStep((now) => (now.name === "sending" ? { ...now, progress } : now));
      const report = await importFile(chosen, onProgress, abort.signal, { erased });
      setStep({ name: "report", file: chosen, report });
    } catch (error) {
      const wasStopped = abort.signal.aborted;
      setStep({ name: "failed", file: chosen, wasStopped, reason: wasStopped ? "" : explain(error) });
    }
    running.current = null;
    client.syncNow();
  }
  useEffect(() => {
    if (file) void send(file);
    return () => running.current?.abort();
  }, [file]);

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
        {step.name === "sending" && <Sending file={step.file} progress={step.progress} onStop={() => step.abort.abort()} />}
        {step.name === "report" && <Report report={step.report} onMore={() => setStep({ name: "choose" })} onAnew={() => void send(step.file, "anew")} />}
        {step.name === "failed" && (
          <div role="alert">
            <p className="font-medium">{step.wasStopped ? "The import was stopped." : "The file could not be imported."}</p>
            <p className="mt-1 text-small text-soft">
              {step.reason} What had come in before is kept. Importing the same file again adds nothing twice.
            </p>
            <div className="mt-4 flex gap-2">
              <Button look="primary" icon="again" onClick={() => void send(step.file)}>
                Try again
              </Button>
              <Button onClick={() => setStep({ name: "choose" })}>Choose another file</Button>
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
