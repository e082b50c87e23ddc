// Markdown to a syntax tree, section by section. No HTML is ever made from it: see render.tsx.
import { blocksOf, inlinesOf, languageOf } from "./convert";
import type { Environment } from "./grammar/environment";
import { inlineTokensOf, tokensOf } from "./grammar/grammar";
import { BeyondLimit, detailsCharsMax, lateReferencesCharsMax, sectionCharsMax } from "./limits";
import { SectionReader, type SectionKind } from "./sections";
import { isHeavierThan } from "./shaping";
import type { Block, Details } from "./tree";

export type References = Environment["references"];

interface Parsed {
  blocks: readonly Block[];
  nodeCount: number;
}

/** A part of the text that is parsed for itself; the same object as long as its text is the same. */
export class Section {
  private found: Parsed | null = null;
  /** How many references were known when it was parsed. */
  private known = 0;

  constructor(
    readonly source: string,
    readonly kind: SectionKind,
    private readonly references: References,
  ) {}

  /** The same section, longer. One that goes beyond a limit is not tried again before the text is whole. */
  grown(source: string): Section {
    const section = new Section(source, this.kind, this.references);
    if (this.isBeyondLimit) section.found = asSource(source);
    return section;
  }

  get isBeyondLimit(): boolean {
    return this.kind === "blocks" && this.found?.blocks.length === 1 && this.found.blocks[0]!.type === "source";
  }

  /** Parsed when it is asked for the first time. */
  get blocks(): readonly Block[] {
    return this.parsed().blocks;
  }

  get nodeCount(): number {
    return this.parsed().nodeCount;
  }

  /** A link of the section may have got its target since it was parsed. */
  get isOutdated(): boolean {
    return this.found !== null && this.known < Object.keys(this.references).length && this.source.includes("]");
  }

  private parsed() {
    if (!this.found) {
      this.found = parsed(this.source, this.kind, this.references, 0);
      this.known = Object.keys(this.references).length;
    }
    return this.found;
  }
}

const definition = /^ {0,3}\[[^\]\n]{1,999}\]:/m;

/**
 * Parses a text that grows at its end: what is finished is not read again. Targets of links that are defined after their use
 * are honoured by `final`.
 */
export class GrowingMarkdown {
  private text = "";
  private reader = new SectionReader();
  private references: References = {};
  private sections: Section[] = [];
  /** So many of them do not change any more. */
  private finishedCount = 0;

  /** The sections of the whole text so far. */
  update(text: string): readonly Section[] {
    const normal = normalized(text);
    if (normal === this.text && this.sections.length > 0) return this.sections;
    if (!normal.startsWith(this.text)) this.begin();
    this.read(normal);
    return this.sections;
  }

  /** The sections of a text that does not grow any more. */
  final(text: string): readonly Section[] {
    this.update(text);
    const last = this.sections[this.sections.length - 1];
    if (last?.kind === "details" && !/<\/details>\s*$/i.test(last.source)) {
      // It has no end, so it is none.
      const spans = new SectionReader("plain").read(last.source);
      const inside = spans.map(({ kind, start, end }) => new Section(last.source.slice(start, end), kind, this.references));
      this.sections = [...this.sections.slice(0, -1), ...inside];
    }
    const end = this.sections.length - 1;
    const open = this.sections[end];
    // It may have been given up before it was complete.
    if (open?.isBeyondLimit) this.sections = [...this.sections.slice(0, end), new Section(open.source, open.kind, this.references)];
    for (const section of this.sections) if (definition.test(section.source)) void section.blocks;
    const outdated = this.sections.filter((one) => one.isOutdated);
    if (outdated.length === 0 || outdated.reduce((sum, one) => sum + one.source.length, 0) > lateReferencesCharsMax) return this.sections;
    this.sections = this.sections.map((one) => (one.isOutdated ? new Section(one.source, one.kind, this.references) : one));
    return this.sections;
  }

  private begin(): void {
    this.reader = new SectionReader();
    this.references = {};
    this.sections = [];
    this.finishedCount = 0;
  }

  private read(text: string): void {
    const before = this.sections;
    const finished = this.finishedCount;
    const spans = this.reader.read(text);
    this.sections = spans.map(({ kind, start, end }, index) => {
      const old = before[index];
      if (old && index < finished) return old;
      const source = text.slice(start, end);
      if (old?.kind === kind && old.source === source) return old;
      return old?.kind === kind && source.startsWith(old.source) ? old.grown(source) : new Section(source, kind, this.references);
    });
    this.finishedCount = spans.findLastIndex(({ isClosed }) => isClosed) + 1;
    this.text = text;
  }
}

/** The blocks of a whole text. */
export function parseMarkdown(text: string): Block[] {
  return new GrowingMarkdown().final(text).flatMap((section) => section.blocks);
}

function normalized(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function parsed(text: string, kind: SectionKind, references: References, depth: number): { blocks: Block[]; nodeCount: number } {
  try {
    // An indented one may have tabs, which the grammar counts.
    if (kind === "fence" && (text[0] !== " " || text.length > sectionCharsMax)) return { blocks: [fenced(text)], nodeCount: 1 };
    if (kind === "details") return details(text, references, depth);
    if (kind === "source" || isHeavierThan(text, sectionCharsMax + 8_000)) throw new BeyondLimit(kind);
    return blocksOf(tokensOf(text, environment(references)));
  } catch (error) {
    // Whatever a text does to the grammar, it can be read.
    if (!(error instanceof BeyondLimit)) console.warn("This text could not be read as markdown.", error);
    return asSource(text);
  }
}

function asSource(text: string): { blocks: Block[]; nodeCount: number } {
  return { blocks: [{ type: "source", value: withoutEmptyLines(text) }], nodeCount: 1 };
}

function environment(references: References): Environment {
  return { references, steps: 0, unclosed: new Map() };
}

function fenced(text: string): Block {
  const begin = text.indexOf("\n") < 0 ? text.length : text.indexOf("\n") + 1;
  const [, indent, signs, info] = /^( *)(`+|~+)(.*)/.exec(text.slice(0, begin))!;
  let end = text.length;
  while (end > begin && text[end - 1] === "\n") end -= 1;
  const lastBegin = Math.max(begin, text.lastIndexOf("\n", end - 1) + 1);
  const last = text.slice(lastBegin, end).trim();
  const isClosed = last.length >= signs!.length && last === signs![0]!.repeat(last.length);
  const inside = text.slice(begin, isClosed ? Math.max(begin, lastBegin - 1) : end);
  const value = indent === "" ? inside : inside.replace(new RegExp(`^ {1,${indent!.length}}`, "gm"), "");
  return { type: "code", language: languageOf(info!), value };
}

const detailsParts = /^<details( open)?>\s*(?:<summary>([^]*?)<\/summary>)?([^]*)$/i;

function details(text: string, references: References, depth: number): { blocks: Block[]; nodeCount: number } {
  if (text.length > detailsCharsMax || depth > 8) throw new BeyondLimit("details");
  const [, open, summary, rest] = detailsParts.exec(text)!;
  const end = rest!.search(/<\/details>(?![^]*<\/details>)/i);
  const inside = end < 0 ? rest! : rest!.slice(0, end);
  const after = end < 0 ? "" : rest!.slice(end + "</details>".length);
  const within = inner(inside, references, depth + 1);
  const node: Details = {
    type: "details",
    summary: inlinesOf(inlineTokensOf((summary ?? "").trim(), environment(references))),
    isOpen: open !== undefined,
    children: within.blocks,
  };
  const beside = inner(after, references, depth + 1);
  return { blocks: [node, ...beside.blocks], nodeCount: 2 + within.nodeCount + beside.nodeCount };
}

function inner(text: string, references: References, depth: number): { blocks: Block[]; nodeCount: number } {
  const spans = text.trim() === "" ? [] : new SectionReader().read(text);
  const found = spans.map(({ kind, start, end }) => parsed(text.slice(start, end), kind, references, depth));
  return { blocks: found.flatMap(({ blocks }) => blocks), nodeCount: found.reduce((sum, { nodeCount }) => sum + nodeCount, 0) };
}

function withoutEmptyLines(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
}
