// Where an answer was given earlier messages in short; what shows it is loaded with the first of them.
import type { ContentBlock } from "@threadkeep/client";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

const summaryPart = new Part(() => import("./summary-view"));

export function SummaryPlace({ block }: { block: ContentBlock }) {
  const module = usePart(summaryPart, () => undefined);
  // As large as it will be.
  return module ? <module.SummaryView block={block} /> : <div className="h-9.5 w-48 max-w-full rounded-xl border border-line" />;
}
