import { client } from "../state/app-state";
import { Part } from "../state/part";

/** What keeps the files of this device, and sends them. */
export const devicePart = new Part(() => client.files());
