// Files in messages, and in what is being written. A separate chunk, loaded with the first file.
import { useId, useState } from "react";
import type { AttachmentBlock, DeviceFiles, FileState } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";
import { useObservable } from "../state/hooks";
import { devicePart } from "./device-part";
import { pictureBox } from "./picture-box";
import { PictureDialog } from "./picture-dialog";
import { saveFile } from "./save";
import { sizeOf } from "./size";
import { usePicture } from "./use-picture";

const none: ReadonlyMap<string, FileState> = new Map();
const nothing = { subscribe: () => () => undefined, snapshot: () => none };

function useFileState(id: string): FileState | undefined {
  const device = useObservable(devicePart);
  return useObservable((device ?? nothing) as DeviceFiles).get(id);
}

/** In a message. */
export function FileView({ block }: { block: AttachmentBlock }) {
  return block.type === "image" ? <PictureView block={block} /> : <FileChip block={block} />;
}

function PictureView({ block }: { block: AttachmentBlock }) {
  const shown = usePicture(block, "small");
  const state = useFileState(block.attachmentId);
  const [isLarge, setLarge] = useState(false);
  const name = nameOf(block);
  const { width, height } = pictureBox(block);
  if (shown.at === "no-picture") return <FileChip block={block} />;
  const frame = "relative block max-w-full overflow-hidden rounded-xl border border-line bg-surface";
  if (shown.at !== "here") {
    return (
      <div className={classes(frame, "flex flex-col items-center justify-center gap-1 p-2 text-center text-small text-faint")} style={{ width, height }} role="img" aria-label={`Picture: ${name}`}>
        <Icon name="image" />
        {shown.at === "gone" && <span>This picture is not on the server.</span>}
        {shown.at === "away" && <span>Not on this device, and the server cannot be reached.</span>}
      </div>
    );
  }
  return (
    <>
      <button type="button" aria-label={`Open the picture “${name}”`} className={classes(frame, "target cursor-zoom-in hover:border-line-strong")} style={{ width, aspectRatio: `${width} / ${height}` }} onClick={() => setLarge(true)}>
        <img src={shown.url} alt="" width={width} height={height} decoding="async" draggable={false} className="size-full object-contain" />
        {state && <Progress state={state} />}
      </button>
      {isLarge && <PictureDialog block={block} url={shown.url} onClose={() => setLarge(false)} />}
    </>
  );
}

function FileChip({ block }: { block: AttachmentBlock }) {
  const state = useFileState(block.attachmentId);
  const name = nameOf(block);
  const [isGone, setGone] = useState(false);
  return (
    <div className="relative inline-flex max-w-full items-center gap-2.5 self-start overflow-hidden rounded-xl border border-line bg-ground py-1.5 ps-3 pe-1.5 text-small">
      <Icon name={block.type === "image" ? "image" : "file"} className="shrink-0 text-faint" />
      <span className="min-w-0 text-start">
        <span dir="auto" className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-faint">{isGone ? "This file is not on the server." : [typeOf(block), sizeOf(block.size)].filter(Boolean).join(" · ")}</span>
      </span>
      <IconButton icon="import" label={`Save “${name}”`} size="small" onClick={() => void saveFile(block).then((found) => setGone(!found))} />
      {state && <Progress state={state} />}
    </div>
  );
}

/** In what is being written. */
export function FileList({ files, onTakeOut }: { files: readonly AttachmentBlock[]; onTakeOut: (id: string) => void }) {
  return (
    <ul aria-label="Attached files" className="flex max-h-[28dvh] flex-wrap gap-2 overflow-y-auto p-1.5">
      {files.map((file) => (
        <AttachedFile key={file.attachmentId} file={file} onTakeOut={() => onTakeOut(file.attachmentId)} />
      ))}
    </ul>
  );
}

function AttachedFile({ file, onTakeOut }: { file: AttachmentBlock; onTakeOut: () => void }) {
  const device = useObservable(devicePart);
  const state = useFileState(file.attachmentId);
  const name = nameOf(file);
  const about = useId();
  const isFailed = state?.state === "failed";
  return (
    <li aria-describedby={about} className={classes("relative flex h-14 max-w-full items-center gap-2 overflow-hidden rounded-xl border bg-surface pe-1 text-small", isFailed ? "border-failed" : "border-line")}>
      {file.type === "image" ? <Thumbnail file={file} /> : <Icon name="file" className="ms-3 shrink-0 text-faint" />}
      <span className="min-w-0 max-w-44 text-start">
        <span dir="auto" className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span id={about} className={classes("block truncate", isFailed ? "text-failed" : "text-faint")} title={state?.reason}>
          {wordsOf(file, state)}
        </span>
      </span>
      {isFailed && <IconButton icon="again" label={`Try to send “${name}” again`} size="small" onClick={() => void device?.retry(file.attachmentId)} />}
      <IconButton icon="close" label={state?.state === "sending" ? `Stop sending “${name}”, and take it out` : `Take “${name}” out`} size="small" onClick={onTakeOut} />
      {state && <Progress state={state} />}
    </li>
  );
}

function Thumbnail({ file }: { file: AttachmentBlock }) {
  const shown = usePicture(file, "small");
  const frame = "flex size-14 shrink-0 items-center justify-center bg-surface-strong";
  if (shown.at !== "here") {
    return (
      <span className={frame}>
        <Icon name="image" className="text-faint" />
      </span>
    );
  }
  return <img src={shown.url} alt="" width={56} height={56} decoding="async" draggable={false} className={classes(frame, "object-cover")} />;
}

function wordsOf(file: AttachmentBlock, state: FileState | undefined): string {
  if (!state) return sizeOf(file.size);
  if (state.state === "failed") return state.reason;
  if (state.state === "sending") return `${Math.floor((100 * state.sentBytes) / Math.max(1, state.size))} % of ${sizeOf(state.size)}`;
  return state.reason || `${sizeOf(file.size)}, on this device`;
}

/** A line along the lower edge, as long as what was sent. */
function Progress({ state }: { state: FileState }) {
  if (state.state !== "sending") return null;
  const part = state.sentBytes / Math.max(1, state.size);
  return (
    <span role="progressbar" aria-label="Sent" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(part * 100)} className="absolute inset-x-0 bottom-0 h-1 bg-surface-strong">
      <span className="block h-full bg-accent" style={{ width: `${part * 100}%` }} />
    </span>
  );
}

function nameOf({ name, type }: AttachmentBlock): string {
  return (typeof name === "string" && name) || (type === "image" ? "Picture" : "File");
}

function typeOf({ mediaType }: AttachmentBlock): string {
  return typeof mediaType === "string" && mediaType !== "application/octet-stream" ? mediaType : "";
}
