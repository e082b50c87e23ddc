import type { Definition } from "mdast";
import { memo, useMemo, useRef } from "react";
import { GrowingMarkdown, type Block } from "./parse";
import { MarkdownBlock } from "./render";

const noDefinitions: ReadonlyMap<string, Definition> = new Map();

interface MarkdownProps {
  text: string;
  /** More text is on its way. */
  isGrowing: boolean;
}

/** A markdown text, drawn block by block: while it grows only its last block is parsed and drawn again. */
export const Markdown = memo(function Markdown({ text, isGrowing }: MarkdownProps) {
  const parser = useRef<GrowingMarkdown>(null);
  parser.current ??= new GrowingMarkdown();
  const growing = parser.current;
  const blocks = useMemo(
    () => (isGrowing ? growing.update(text) : growing.final(text)),
    [growing, text, isGrowing],
  );
  const definitions = useMemo(() => definitionsIn(blocks), [blocks]);
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        <MarkdownBlock
          key={index}
          block={block}
          definitions={definitions}
          isGrowing={isGrowing && index === blocks.length - 1}
        />
      ))}
    </div>
  );
});

function definitionsIn(blocks: readonly Block[]): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>();
  for (const block of blocks) {
    if (block.type !== "definition") continue;
    const name = block.identifier.toUpperCase();
    if (!found.has(name)) found.set(name, block);
  }
  return found.size === 0 ? noDefinitions : found;
}
