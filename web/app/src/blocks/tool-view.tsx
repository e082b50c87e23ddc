import { partialInput, type AttachmentBlock, type ToolResultBlock, type ToolUseBlock } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { useFiles } from "../files/attached-files";
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
        <ToolOutcome result={result} />
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
      <ToolOutcome result={block} />
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

/** What came back: its words, and the pictures among it. */
export function ToolOutcome({ result }: { result: ToolResultBlock }) {
  const { rest, pictures } = picturesIn(result.content);
  const part = useFiles(pictures.length > 0);
  return (
    <>
      {(pictures.length === 0 || rest.length > 0) && <ToolPart title={result.isError ? "Failed with" : "Came back"} text={pretty(pictures.length > 0 ? rest : result.content)} />}
      {pictures.length > 0 && (
        <div className="flex flex-wrap gap-2 border-t border-line px-3 py-2">
          {pictures.map((block, index) => (part ? <part.FileView key={index} block={block} /> : <span key={index} className="size-12" />))}
        </div>
      )}
    </>
  );
}

/** The pictures of a list of blocks, and what else is in it; they are files of this server, and nothing is fetched from anywhere else. */
export function picturesIn(content: unknown): { rest: unknown[]; pictures: AttachmentBlock[] } {
  const all: unknown[] = Array.isArray(content) ? content : [];
  return { rest: all.filter((block) => !isPicture(block)), pictures: all.filter(isPicture) };
}

function isPicture(block: unknown): block is AttachmentBlock {
  if (typeof block !== "object" || block === null) return false;
  const { type, attachmentId } = block as { type?: unknown; attachmentId?: unknown };
  return type === "image" && typeof attachmentId === "string" && /^[0-9a-f]{64}$/.test(attachmentId);
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
