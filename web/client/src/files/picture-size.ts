// Of the pictures that every browser shows without running anything in them: the type and the size, from their first bytes alone. Nothing is decoded. Pure.

export interface Picture {
  mediaType: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
  width: number;
  height: number;
}

/** Larger ones are not drawn: a small file can take all the memory of a device. */
export const pixelsMax = 40_000_000;

/** Null: none of these pictures, or one whose beginning is broken. */
export function pictureOf(bytes: Uint8Array): Picture | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return png(view) ?? gif(view) ?? webp(view) ?? jpeg(view);
  } catch {
    return null; // it ends too soon
  }
}

export function canBeDrawn({ width, height }: { width: number; height: number }): boolean {
  return width > 0 && height > 0 && width * height <= pixelsMax;
}

function text(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint8(at + index)));
}

function png(view: DataView): Picture | null {
  if (view.getUint32(0) !== 0x89504e47 || text(view, 12, 4) !== "IHDR") return null;
  return { mediaType: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function gif(view: DataView): Picture | null {
  if (!/^GIF8[79]a$/.test(text(view, 0, 6))) return null;
  return { mediaType: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function webp(view: DataView): Picture | null {
  if (text(view, 0, 4) !== "RIFF" || text(view, 8, 4) !== "WEBP") return null;
  const mediaType = "image/webp";
  const three = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
  switch (text(view, 12, 4)) {
    case "VP8 ":
      return { mediaType, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { mediaType, width: three(24) + 1, height: three(27) + 1 };
    default:
      return null;
  }
}

/** The frame header says it; what stands before it is skipped, but for the way the picture is to be turned. */
function jpeg(view: DataView): Picture | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let isTurned = false;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe1) isTurned = isTurnedBy(view, at + 4, length - 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { mediaType: "image/jpeg", width: isTurned ? height : width, height: isTurned ? width : height };
    }
    if (marker === 0xda || length < 2) return null;
    at += 2 + length;
  }
}

/** By a quarter: the orientations 5 to 8 of Exif. */
function isTurnedBy(view: DataView, at: number, length: number): boolean {
  if (length < 14 || text(view, at, 4) !== "Exif") return false;
  const start = at + 6;
  const isLittle = text(view, start, 2) === "II";
  const directory = start + view.getUint32(start + 4, isLittle);
  if (directory + 2 > at + length) return false;
  const count = view.getUint16(directory, isLittle);
  for (let entry = directory + 2; entry + 12 <= Math.min(at + length, directory + 2 + count * 12); entry += 12) {
    if (view.getUint16(entry, isLittle) === 0x0112) return view.getUint16(entry + 8, isLittle) >= 5;
  }
  return false;
}
