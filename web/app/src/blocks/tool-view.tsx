import { partialInput, type ToolResultBlock, type ToolUseBlock } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { LongText } from "../markdown/long-text";
import { Fold } from "./fold";
import { searchOf, SearchView } from "./search-view";

interface ToolUseProps {
  block: ToolUseBlock;
  result: ToolResultBlock | undefined;
  isGrowing: boolean;
}

/** What the model asked a tool, and what came back. */
export function ToolUse({ block, result, isGrowing }: ToolUseProps) {
  const search = searchOf(block, result);
  if (search) return <SearchView {...search} />;
  const name = (typeof block.name === "string" && block.name) || "a tool";
  const partial = (block as unknown as Record<string, unknown>)[partialInput];
  const input = typeof partial === "string" ? partial : pretty(block.input);
  return (
    <Fold
      icon="tool"
      summary={
        <>
          {isGrowing && !result ? "Using " : "Used "}
          <b className="font-medium text-ink">{name}</b>
          <span className="ms-2 text-faint">{gist(block.input)}</span>
        </>
      }
      mark={result && <ResultMark isError={result.isError === true} reason={typeof result.content === "string" ? result.content : ""} />}
    >
      <ToolPart title="Asked" text={input} />
      {result ? (
        <ToolPart title={result.isError ? "Failed with" : "Came back"} text={pretty(result.content)} />
      ) : (
        !isGrowing && <p className="border-t border-line px-3 py-2 text-faint">No result was recorded.</p>
      )}
    </Fold>
  );
}

/** A result whose use is in another message, as in some imported conversations. */
export function ToolResult({ block }: { block: ToolResultBlock }) {
  return (
    <Fold icon="tool" summary="Result of a tool" mark={<ResultMark isError={block.isError === true} />}>
      <ToolPart title={block.isError ? "Failed with" : "Came back"} text={pretty(block.content)} />
    </Fold>
  );
}

/** A short reason is said at once; a longer one is inside. */
const reasonCharsMax = 80;

function ResultMark({ isError, reason = "" }: { isError: boolean; reason?: string }) {
  return isError ? (
    <span className="flex min-w-0 shrink items-center gap-1 text-failed">
      <Icon name="warning" size={16} className="shrink-0" />
      <span className="truncate">{reason !== "" && reason.length <= reasonCharsMax ? `failed: ${reason}` : "failed"}</span>
    </span>
  ) : (
    <span className="shrink-0 text-done" title="Done">
      <Icon name="check" size={16} />
    </span>
  );
}

export function ToolPart({ title, text }: { title: string; text: string }) {
  return (
    <div className="border-t border-line first:border-t-0">
      <p className="px-3 pt-2 font-medium text-faint">{title}</p>
      <pre dir="auto" className="max-h-72 overflow-auto px-3 pb-2 font-mono text-small whitespace-pre-wrap wrap-anywhere">
        <LongText text={text || "nothing"} />
      </pre>
    </div>
  );
}

/** Text as it is, anything else as indented JSON; text parts of a list are joined. */
export function pretty(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return value.map((part) => part.text).join("\n");
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

function isText(part: unknown): part is { text: string } {
  return typeof part === "object" && part !== null && typeof (part as { text?: unknown }).text === "string";
}

/** The first short value of the input: usually what it is about. */
function gist(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const first = Object.values(input).find((value) => typeof value === "string" || typeof value === "number");
  return first === undefined ? "" : String(first).slice(0, 80);
}
