// A file goes to the device's own folder: from the copy that is here, or straight from the server.
import type { AttachmentBlock } from "@threadkeep/client";
import { explain, UnreachableError } from "@threadkeep/client";
import { api } from "../state/app-state";
import { toasts } from "../state/toasts";
import { devicePart } from "./device-part";

/** False: the server has no such file. */
export async function saveFile({ attachmentId, name }: AttachmentBlock): Promise<boolean> {
  try {
    const device = await devicePart.load();
    const held = await device.held(attachmentId);
    const address = `${api.baseUrl}/api/attachments/${encodeURIComponent(attachmentId)}?download=true&name=${encodeURIComponent(String(name))}`;
    if (held) {
      const url = URL.createObjectURL(held);
      press(url, String(name));
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      return true;
    }
    const { status } = await fetch(address, { method: "HEAD" }).catch((error: unknown) => {
      throw new UnreachableError(error);
    });
    if (status === 404 || status === 400) return false;
    press(address, String(name));
  } catch (error) {
    toasts.show({ about: "files", text: `Not saved. ${explain(error)}` });
  }
  return true;
}

function press(href: string, name: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}
