// Markdown to a syntax tree. No HTML is ever made from it: see render.tsx.
import type { Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

const options = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, options);
}

/** A top-level block; the same object as long as its text is the same. */
export type Block = RootContent;

/**
 * Parses a text that grows at its end. What is appended can change the last block, or make it one with the block before
 * (the next item of a list), so only these two are parsed again, and the blocks before keep their identity. Definitions
 * of link targets that come late are honoured by `final`.
 */
export class GrowingMarkdown {
  private text = "";
  private blocks: Block[] = [];
  private starts: number[] = [];

  /** The blocks of the whole text so far. */
  update(text: string): readonly Block[] {
    if (text === this.text) return this.blocks;
    if (this.blocks.length === 0 || !text.startsWith(this.text)) return this.final(text);
    const keep = Math.max(0, this.blocks.length - 2);
    const from = this.starts[keep] ?? 0;
    const tail = parseMarkdown(text.slice(from)).children;
    this.take(text, this.blocks.slice(0, keep), this.starts.slice(0, keep), tail, from);
    return this.blocks;
  }

  /** Parses all of it at once. */
  final(text: string): readonly Block[] {
    this.take(text, [], [], parseMarkdown(text).children, 0);
    return this.blocks;
  }

  private take(text: string, blocks: Block[], starts: number[], tail: Block[], from: number): void {
    this.text = text;
    this.blocks = [...blocks, ...tail];
    this.starts = [...starts, ...tail.map((block) => from + (block.position?.start.offset ?? 0))];
  }
}
