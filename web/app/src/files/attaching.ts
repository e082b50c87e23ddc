// Files come in by button, by drop and by paste. What is loaded with the page: the rest comes with the first file.
import { Observable, type AttachmentBlock } from "@threadkeep/client";
import { partMissing } from "../state/part";
import { toasts } from "../state/toasts";
import { devicePart } from "./device-part";
import { filesPart } from "./files-part";

interface Place {
  addFile(file: AttachmentBlock): void;
}

class Adding extends Observable<number> {
  constructor() {
    super(0);
  }
  async while(work: () => Promise<void>): Promise<void> {
    this.publish(this.snapshot() + 1);
    await work().finally(() => this.publish(this.snapshot() - 1));
  }
}

/** How many files are being read now: nothing is sent without them. */
export const adding = new Adding();

export async function attach(files: readonly File[], to: Place): Promise<void> {
  await adding.while(async () => {
    const [device] = await Promise.all([devicePart.load(), filesPart.load()]).catch(() => [null]);
    if (!device) toasts.show({ about: "files", text: partMissing });
    for (const file of device ? files : []) {
      try {
        to.addFile(await device!.add(file));
      } catch (error) {
        toasts.show({ about: "files", text: `“${file.name}” was not attached. ${error instanceof Error ? error.message : ""}` });
      }
    }
  });
}

/** It is taken out of what is written. */
export function dropFile(id: string): void {
  void devicePart.load().then((device) => device.drop(id)).catch(() => undefined);
}
