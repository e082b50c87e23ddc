import { Part, partMissing } from "../state/part";
import { toasts } from "../state/toasts";

export const exportPart = new Part(() => import("../organise/export-file"));

/** Makes one file of them; says how it goes. */
export function exportToFile(ids: readonly string[]): void {
  exportPart.load().then(
    (part) => part.exportToFile(ids),
    () => toasts.show({ text: partMissing }),
  );
}
