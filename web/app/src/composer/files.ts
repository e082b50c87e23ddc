// Files that are dropped on the page, or pasted: exports are imported, of the others is said that they do not come in yet.
import { dialogs } from "../state/dialogs";
import { toasts } from "../state/toasts";

const isExport = ({ name, type }: File) => /\.(zip|json)$/i.test(name) || type === "application/zip" || type === "application/json";

/** True: something was done with them, or said of them. */
export function takeFiles(files: readonly File[]): boolean {
  if (files.length === 0) return false;
  if (files.every(isExport)) dialogs.open({ name: "import", files });
  else toasts.show({ about: "files", text: `${named(files)} Attachments come with the next version of Threadkeep.` });
  return true;
}

function named(files: readonly File[]): string {
  const [first] = files;
  if (files.length > 1) return `${files.length} files were not added.`;
  return first?.type.startsWith("image/") ? "The picture was not added." : `“${first?.name ?? "The file"}” was not added.`;
}
