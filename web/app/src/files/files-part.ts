import { Part } from "../state/part";
import { devicePart } from "./device-part";

/** What draws files, once what keeps them is here: few conversations have any. */
export const filesPart = new Part(async () => {
  const [view] = await Promise.all([import("./file-view"), devicePart.load()]);
  return view;
});
