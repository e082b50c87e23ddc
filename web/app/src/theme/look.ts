/** The size of the text and the width of the side bar, as they were chosen in this browser. Stands alone: it is needed before anything is drawn. */
export const textSizeKey = "threadkeep.text-size";
export const sideWidthKey = "threadkeep.side-width";

/** In percent of what the browser has as its standard. */
export const textSizes = [80, 90, 100, 110, 125, 150, 175, 200] as const;
export type TextSize = (typeof textSizes)[number];

/** In pixels. */
export const sideWidthMin = 220;
export const sideWidthMax = 480;

export function keptTextSize(): TextSize {
  const kept = keptNumber(textSizeKey);
  return textSizes.find((size) => size === kept) ?? 100;
}

/** Null: the standard width, which goes with the size of the text. */
export function keptSideWidth(): number | null {
  const kept = keptNumber(sideWidthKey);
  return kept >= sideWidthMin && kept <= sideWidthMax ? kept : null;
}

export function applyTextSize(size: TextSize): void {
  document.documentElement.style.setProperty("--text-scale", String(size / 100));
}

export function applySideWidth(width: number | null): void {
  if (width === null) document.documentElement.style.removeProperty("--side-width");
  else document.documentElement.style.setProperty("--side-width", `${width}px`);
}

function keptNumber(key: string): number {
  try {
    return Number(localStorage.getItem(key) ?? NaN);
  } catch {
    return NaN;
  }
}
