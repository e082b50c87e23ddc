import { client } from "../state/app-state";
import { Part } from "../state/part";

/** What draws files, and what keeps them: few conversations have any. */
export const filesPart = new Part(async () => {
  const [view, device] = await Promise.all([import("./file-view"), client.files()]);
  return { ...view, device };
});
