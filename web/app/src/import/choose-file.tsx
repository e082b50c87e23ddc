import { useRef, useState, type DragEvent } from "react";
import { Button } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";

/** By button or by dropping. */
export function ChooseFile({ onChoose }: { onChoose: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onChoose(file);
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
        <p className="mt-3 font-medium max-md:hidden">Drop an export file here</p>
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
          accept=".json,.zip,application/json,application/zip"
          className="hidden"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) onChoose(file);
          }}
        />
      </div>
      <p className="mt-3 text-small text-faint">
        The file goes to your own server only. Importing the same file twice adds nothing twice.
      </p>
    </>
  );
}
