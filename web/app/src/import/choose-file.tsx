import { useRef, useState, type DragEvent } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";
import { droppedFiles } from "./several";

/** By button or by dropping. */
export function ChooseFile({ onChoose }: { onChoose: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then((files) => files.length > 0 && onChoose(files));
  }
  return (
    <>
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={classes(
          "flex flex-col items-center rounded-2xl border border-dashed px-6 py-10 text-center",
          isOver ? "border-accent bg-accent-ground" : "border-line-strong",
        )}
      >
        <Icon name="import" size={28} className="text-accent" />
        <p className="mt-3 font-medium max-md:hidden">Drop an export here: files, or a folder</p>
        <p className="mt-1 mb-4 text-small text-soft">
          ChatGPT: the <b className="font-medium">zip</b> from “Export data”, or its{" "}
          <b className="font-medium">conversations.json</b>
        </p>
        <Button look="primary" onClick={() => input.current?.click()}>
          Choose a file
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          accept=".json,.zip,application/json,application/zip"
          className="hidden"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            if (files.length > 0) onChoose(files);
          }}
        />
      </div>
      <p className="mt-3 text-small text-faint">
        The file goes to your own server only. Importing the same file twice adds nothing twice.
      </p>
    </>
  );
}
