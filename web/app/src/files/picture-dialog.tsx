import type { AttachmentBlock } from "@threadkeep/client";
import { sizeOf } from "./size";
import { usePicture } from "./use-picture";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { saveFile } from "./save";

/** One picture, as large as the page allows; `url`: the small one, which is shown until the whole is here. */
export function PictureDialog({ block, url, onClose }: { block: AttachmentBlock; url: string; onClose: () => void }) {
  const name = String(block.name || "Picture");
  const whole = usePicture(block, "whole");
  const isWhole = whole.at === "here";
  const about = [block.width && block.height ? `${block.width} × ${block.height}` : "", sizeOf(block.size)].filter(Boolean).join(" · ");
  return (
    <Dialog isOpen onClose={onClose} title={name} className="max-w-[min(96vw,80rem)] top-[4dvh] max-h-[92dvh]">
      <div className="flex min-h-0 grow items-center justify-center px-4 pt-2">
        <img src={isWhole ? whole.url : url} alt={name} className="max-h-[74dvh] max-w-full rounded-lg object-contain" />
      </div>
      <div className="flex flex-wrap items-center gap-2 px-6 py-3 text-small text-faint">
        <span className="grow">
          {about}
          {(whole.at === "away" || whole.at === "gone") && <span className="block">{whole.at === "away" ? "This is a small copy: the server cannot be reached." : "This is a small copy: the picture is not on the server."}</span>}
        </span>
        <Button icon="import" onClick={() => void saveFile(block)}>
          Save
        </Button>
      </div>
    </Dialog>
  );
}
