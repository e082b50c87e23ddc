// How large everything is written; remembered in this browser.
import { Observable } from "@threadkeep/client";
import { keep } from "../state/kept";
import { applyTextSize, keptTextSize, textSizeKey, textSizes, type TextSize } from "./look";

class TextSizeChoice extends Observable<TextSize> {
  constructor() {
    super(keptTextSize());
  }
  choose(size: TextSize): void {
    keep(textSizeKey, size);
    applyTextSize(size);
    this.publish(size);
  }
  /** To the next larger or smaller one; at the end it stays. */
  step(by: 1 | -1): void {
    const next = textSizes[textSizes.indexOf(this.snapshot()) + by];
    if (next !== undefined) this.choose(next);
  }
}

export const textSize = new TextSizeChoice();

/** Pixels of one rem now. */
export function remPx(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
