import { memo } from "react";
import type {
  AttachmentBlock,
  ContentBlock,
  ReasoningBlock,
  SourceBlock,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
} from "@threadkeep/client";
import { ErrorBoundary } from "../components/ui/error-boundary";
import { Icon } from "../components/ui/icon";
import { useFiles } from "../files/attached-files";
import { pictureBox } from "../files/picture-box";
import { LongText } from "../markdown/long-text";
import { hostOf, safeHref } from "../markdown/links";
import { Fold } from "./fold";
import { MarkdownText } from "./markdown-text";
import { SummaryPlace } from "./summary-place";
import { ToolPlace } from "./tool-place";

interface BlockProps {
  block: ContentBlock;
  /** The last block of an answer that is being written. */
  isGrowing: boolean;
  /** Results by the id of the tool use they belong to. */
  results: ReadonlyMap<string, ToolResultBlock>;
}

/** One part of a message, by its type. What is not known here, or fails to be drawn, is shown as what it is: kept, not understood. */
export const BlockView = memo(function BlockView(props: BlockProps) {
  return (
    <ErrorBoundary about={props.block} fallback={<Unknown block={props.block} />}>
      <Known {...props} />
    </ErrorBoundary>
  );
});

function Known({ block, isGrowing, results }: BlockProps) {
  switch (block.type) {
    case "text": {
      const { text } = block as TextBlock;
      return text ? <MarkdownText text={text} isGrowing={isGrowing} /> : null;
    }
    case "reasoning":
      return <Reasoning block={block as ReasoningBlock} isGrowing={isGrowing} />;
    case "tool_use":
      return <ToolPlace block={block as ToolUseBlock} result={results.get((block as ToolUseBlock).id)} isGrowing={isGrowing} />;
    case "tool_result":
      return <ToolPlace block={block as ToolResultBlock} isGrowing={false} />;
    case "image":
    case "file":
      return <Attachment block={block as AttachmentBlock} />;
    case "source":
      return <Source block={block as SourceBlock} />;
    case "context_summary":
      return <SummaryPlace block={block} />;
    default:
      return <Unknown block={block} />;
  }
}

function Reasoning({ block, isGrowing }: { block: ReasoningBlock; isGrowing: boolean }) {
  if (!block.text) return null;
  return (
    <Fold icon="thought" summary={isGrowing ? "Thinking…" : "Thoughts"}>
      <div dir="auto" className="px-3 py-2 wrap-anywhere whitespace-pre-wrap text-soft">
        <LongText text={block.text} />
      </div>
    </Fold>
  );
}

function Attachment({ block }: { block: AttachmentBlock }) {
  const part = useFiles(true);
  if (part) return <part.FileView block={block} />;
  // As large as it will be.
  const isPicture = block.type === "image";
  return <div className="max-w-full rounded-xl border border-line bg-surface" style={isPicture ? pictureBox(block) : { width: 200, height: 50 }} />;
}

function Source({ block }: { block: SourceBlock }) {
  const href = safeHref(String(block.url ?? ""));
  const title = wordsIn(block.title);
  const words = title || (href ? hostOf(href) : String(block.url ?? "Source"));
  const inside = (
    <>
      <Icon name="link" size={16} className="shrink-0 text-faint" />
      <span className="truncate">{words}</span>
      {href && title && <span className="shrink-0 text-faint">{hostOf(href)}</span>}
    </>
  );
  const look = "inline-flex max-w-full items-center gap-2 self-start rounded-lg border border-line px-2.5 py-1 text-small";
  if (!href) return <span className={look}>{inside}</span>;
  return (
    <a className={`${look} target hover:bg-surface`} href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {inside}
    </a>
  );
}

function Unknown({ block }: { block: ContentBlock }) {
  return (
    <Fold icon="braces" summary={`“${block.type}”: kept as it came`}>
      <pre className="max-h-96 overflow-auto px-3 py-2 font-mono text-small whitespace-pre-wrap wrap-anywhere">
        <LongText text={JSON.stringify(block, null, 2)} />
      </pre>
    </Fold>
  );
}

/** A field that is to be a text: whatever else was stored in it is not shown. */
function wordsIn(field: unknown): string {
  return typeof field === "string" ? field : "";
}
