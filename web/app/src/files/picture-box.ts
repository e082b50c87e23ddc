// How much room a picture takes in a message: known before it is here, so that nothing moves when it comes.
import type { AttachmentBlock } from "@threadkeep/client";

const widthMax = 320;
const heightMax = 240;
const sideMin = 48;
/** Of one that says nothing about its size: it is drawn inside of this. */
const unknown = { width: 200, height: 150 };

export function pictureBox({ width, height }: AttachmentBlock): { width: number; height: number } {
  if (!isLength(width) || !isLength(height)) return unknown;
  const scale = Math.min(1, widthMax / width, heightMax / height);
  return { width: Math.max(sideMin, Math.round(width * scale)), height: Math.max(sideMin, Math.round(height * scale)) };
}

/** Whatever was stored in the field. */
function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
