// Where the side bar is: beside the conversation, folded away, or (on a phone) in a drawer. How it was left is remembered in this browser.
import { Observable } from "@threadkeep/client";
import { applySideWidth, keptSideWidth, sideWidthKey, sideWidthMax, sideWidthMin } from "../theme/look";
import { drawer } from "./dialogs";
import { isRecord, keep, readKept } from "./kept";

/** Below this the side bar is a drawer. */
export const besideQuery = "(min-width: 768px)";
/** Below this it is folded unless it was unfolded in a window of such a width. */
export const roomyQuery = "(min-width: 1024px)";

export interface SideLayout {
  readonly isFoldedRoomy: boolean;
  readonly isFoldedNarrow: boolean;
  /** In pixels; null: the standard. */
  readonly width: number | null;
}

const key = "threadkeep.side";

class SideLayoutChoice extends Observable<SideLayout> {
  constructor() {
    const kept = readKept<Partial<SideLayout>>(key, {}, isRecord);
    super({ isFoldedRoomy: kept.isFoldedRoomy === true, isFoldedNarrow: kept.isFoldedNarrow !== false, width: keptSideWidth() });
  }

  isFolded(isRoomy: boolean): boolean {
    const { isFoldedRoomy, isFoldedNarrow } = this.snapshot();
    return isRoomy ? isFoldedRoomy : isFoldedNarrow;
  }

  fold(isFolded: boolean): void {
    const next = { ...this.snapshot(), ...(matchMedia(roomyQuery).matches ? { isFoldedRoomy: isFolded } : { isFoldedNarrow: isFolded }) };
    keep(key, { isFoldedRoomy: next.isFoldedRoomy, isFoldedNarrow: next.isFoldedNarrow });
    this.publish(next);
  }

  /** Null: as it was in the beginning. */
  setWidth(width: number | null): void {
    const next = width === null ? null : Math.round(Math.min(sideWidthMax, Math.max(sideWidthMin, width)));
    applySideWidth(next);
    keep(sideWidthKey, next);
    this.publish({ ...this.snapshot(), width: next });
  }
}

export const sideLayout = new SideLayoutChoice();

/** Makes the list visible, wherever it is in a window of this width. */
export function showSide(): void {
  if (matchMedia(besideQuery).matches) sideLayout.fold(false);
  else drawer.set(true);
}

export function toggleSide(): void {
  if (matchMedia(besideQuery).matches) sideLayout.fold(!sideLayout.isFolded(matchMedia(roomyQuery).matches));
  else drawer.set(!drawer.snapshot());
}
