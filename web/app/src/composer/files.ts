// Files that are dropped on the page, or pasted: exports are imported, everything else goes with the message.
import { attach } from "../files/attaching";
import { dialogs } from "../state/dialogs";
import type { Writing } from "./writing";

const isExport = ({ name, type }: File) => /\.(zip|json)$/i.test(name) || type === "application/zip" || type === "application/json";

/** True: something was done with them. */
export function takeFiles(files: readonly File[], writing: Writing): boolean {
  if (files.length === 0) return false;
  const onAttach = () => void attach(files, writing);
  if (files.every(isExport)) dialogs.open({ name: "import", files, onAttach });
  else onAttach();
  return true;
}
