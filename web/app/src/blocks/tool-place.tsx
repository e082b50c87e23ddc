// Where the use of a tool, or a result without one, is shown; what draws it is loaded with the first of them, or ahead.
import type { ToolResultBlock, ToolUseBlock } from "@threadkeep/client";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";

export const toolViewPart = new Part(() => import("./tool-view"));

interface ToolPlaceProps {
  block: ToolUseBlock | ToolResultBlock;
  result?: ToolResultBlock | undefined;
  isGrowing: boolean;
}

export function ToolPlace({ block, result, isGrowing }: ToolPlaceProps) {
  const module = usePart(toolViewPart, () => undefined);
  // As large as it will be.
  if (!module) return <div className="h-9.5 w-48 max-w-full rounded-xl border border-line" />;
  return block.type === "tool_use" ? <module.ToolUse block={block} result={result} isGrowing={isGrowing} /> : <module.ToolResult block={block} />;
}
