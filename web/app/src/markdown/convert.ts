// Tokens of the grammar to the tree. Recursive: the grammar keeps blocks from being deep, and `inlines` counts for itself.
import type Token from "markdown-it/lib/token.mjs";
import { autolinked } from "./autolink";
import { BeyondLimit, depthMax, sectionNodesMax } from "./limits";
import type { Align, Block, Cell, ElementName, Inline, List, Row, Table } from "./tree";

/** The blocks of a section. Throws BeyondLimit. */
export function blocksOf(tokens: readonly Token[]): { blocks: Block[]; nodeCount: number } {
  const reader = new TokenReader(tokens);
  return { blocks: reader.blocks(), nodeCount: reader.nodeCount };
}

/** The tokens of one text without blocks. Throws BeyondLimit. */
export function inlinesOf(tokens: readonly Token[]): Inline[] {
  return new TokenReader([]).inlines(tokens);
}

class TokenReader {
  nodeCount = 0;
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Up to the token that closes the block they are in, which is taken. */
  blocks(): Block[] {
    const found: Block[] = [];
    while (this.at < this.tokens.length) {
      const token = this.tokens[this.at++]!;
      if (token.nesting < 0) break;
      this.count();
      const block = token.nesting > 0 ? this.parent(token) : leaf(token);
      if (block) found.push(block);
    }
    return found;
  }

  private parent(token: Token): Block | null {
    switch (token.type) {
      case "paragraph_open":
        return { type: "paragraph", children: this.content() };
      case "heading_open":
        return { type: "heading", depth: Number(token.tag.slice(1)), children: this.content() };
      case "blockquote_open":
        return { type: "quote", children: this.blocks() };
      case "footnote_open":
        return { type: "footnoteDefinition", label: token.content, children: this.blocks() };
      case "table_open":
        return this.table(token);
      case "bullet_list_open":
        return this.list(null);
      case "ordered_list_open":
        return this.list(Number(token.attrGet("start") ?? 1));
      default:
        throw new Error(`no block is called ${token.type}`);
    }
  }

  /** The one inline token of a block, and the token that closes it. */
  private content(): Inline[] {
    const token = this.tokens[this.at]!;
    this.at += 2;
    return this.inlines(token.children ?? []);
  }

  private list(start: number | null): List {
    const list: List = { type: "list", start, isLoose: false, children: [] };
    while (this.tokens[this.at]?.type === "list_item_open") {
      this.at += 1;
      this.count();
      const task = taskOf(this.tokens, this.at);
      // Tokens of paragraphs say that they are tight: the list is loose when one is not.
      for (let at = this.at, level = 1; level > 0; at += 1) {
        const token = this.tokens[at]!;
        level += token.nesting;
        if (level === 2 && token.type === "paragraph_open" && !token.hidden) list.isLoose = true;
      }
      list.children.push({ type: "listItem", checked: task, children: withoutTaskMark(this.blocks(), task) });
    }
    this.at += 1;
    return list;
  }

  private table(token: Token): Table {
    const align = (token.meta as string[]).map((one) => (one || undefined) as Align);
    const table: Table = { type: "table", align, children: [] };
    while (this.tokens[this.at]?.type === "row_open") {
      this.at += 1;
      const row: Row = { type: "row", children: [] };
      for (; this.tokens[this.at]!.type === "inline"; this.at += 1) {
        this.count();
        const cell: Cell = { type: "cell", children: this.inlines(this.tokens[this.at]!.children ?? []) };
        row.children.push(cell);
      }
      this.at += 1;
      table.children.push(row);
    }
    this.at += 1;
    return table;
  }

  inlines(tokens: readonly Token[]): Inline[] {
    const line = new InlineLine();
    for (const token of tokens) {
      this.count();
      line.take(token);
    }
    return line.end();
  }

  private count(): void {
    this.nodeCount += 1;
    if (this.nodeCount > sectionNodesMax) throw new BeyondLimit("nodes");
  }
}

function leaf(token: Token): Block | null {
  switch (token.type) {
    case "hr":
      return { type: "thematicBreak" };
    case "code_block":
      return { type: "code", language: "", value: withoutLastBreak(token.content) };
    case "fence":
      return { type: "code", language: languageOf(token.info), value: withoutLastBreak(token.content) };
    case "math_block":
      return { type: "math", value: token.content, source: token.markup, layout: "display" };
    default:
      throw new Error(`no block is called ${token.type}`);
  }
}

/** What is open: spans by their token, elements by their tag. */
interface Open {
  kind: "root" | "span" | "element";
  /** The type of the token that ends a span, or the name of an element. */
  name: string;
  /** What stands there when an element is not closed. */
  source: string;
  children: Inline[];
  close: (children: Inline[]) => Inline;
}

const spans: Record<string, "strong" | "emphasis" | "delete"> = { strong_open: "strong", em_open: "emphasis", s_open: "delete" };

/** Puts the tokens of a text into each other. An element that is not opened and closed at the same level stays text. */
class InlineLine {
  private readonly stack: Open[] = [{ kind: "root", name: "", source: "", children: [], close: ([first]) => first! }];

  take(token: Token): void {
    if (token.type === "element") return this.element(token);
    if (token.nesting > 0) return this.open(token);
    if (token.nesting < 0) return this.close(token.type);
    if (token.type === "text" || token.type === "text_special") return this.text(token.content);
    this.top.push(inlineLeaf(token));
  }

  end(): Inline[] {
    while (this.stack.length > 1) this.abandon();
    return autolinked(this.top);
  }

  private get top(): Inline[] {
    return this.stack[this.stack.length - 1]!.children;
  }

  private text(value: string): void {
    if (value === "") return;
    const last = this.top[this.top.length - 1];
    if (last?.type === "text") last.value += value;
    else this.top.push({ type: "text", value });
  }

  private push(open: Omit<Open, "children">): void {
    if (this.stack.length > depthMax) throw new BeyondLimit("depth");
    this.stack.push({ ...open, children: [] });
  }

  private open(token: Token): void {
    const name = token.type.replace("_open", "_close");
    const type = spans[token.type];
    if (type) return this.push({ kind: "span", name, source: "", close: (children) => ({ type, children: autolinked(children) }) });
    if (token.type !== "link_open") throw new Error(`no span is called ${token.type}`);
    const [url, title] = [token.attrGet("href") ?? "", token.attrGet("title") ?? ""];
    this.push({ kind: "span", name, source: "", close: (children) => ({ type: "link", url, title, children }) });
  }

  private close(name: string): void {
    while (this.stack[this.stack.length - 1]!.kind === "element") this.abandon();
    const { name: open, children, close } = this.stack.pop()!;
    if (open !== name) throw new Error(`${name} closes ${open}`);
    this.top.push(close(children));
  }

  private element(token: Token): void {
    const name = token.tag as ElementName;
    if (token.content[1] !== "/") {
      return this.push({ kind: "element", name, source: token.content, close: (children) => ({ type: name, children }) });
    }
    const last = this.stack[this.stack.length - 1]!;
    if (last.kind !== "element" || last.name !== name) return this.text(token.content);
    this.stack.pop();
    this.top.push(last.close(last.children));
  }

  /** An element that is not closed: its tag is text, and what follows stands beside it. */
  private abandon(): void {
    const { source, children } = this.stack.pop()!;
    this.text(source);
    for (const child of children) {
      if (child.type === "text") this.text(child.value);
      else this.top.push(child);
    }
  }
}

function inlineLeaf(token: Token): Inline {
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      return { type: "break" };
    case "code_inline":
      return { type: "inlineCode", value: token.content };
    case "math":
      return { type: "math", value: token.content, source: token.markup, layout: token.info as "inline" | "display" };
    case "image":
      return { type: "image", url: token.attrGet("src") ?? "", alt: token.content };
    case "footnote_reference":
      return { type: "footnoteReference", label: token.content };
    default:
      throw new Error(`no inline is called ${token.type}`);
  }
}

const taskMark = /^\[([ xX])\][ \t]/;

/** Whether the item whose tokens begin here is a task, and done. */
function taskOf(tokens: readonly Token[], at: number): boolean | null {
  if (tokens[at]?.type !== "paragraph_open") return null;
  const found = taskMark.exec(tokens[at + 1]!.content);
  return found ? found[1] !== " " : null;
}

function withoutTaskMark(blocks: Block[], task: boolean | null): Block[] {
  const [first] = blocks;
  const text = first?.type === "paragraph" ? first.children[0] : undefined;
  if (task !== null && text?.type === "text") text.value = text.value.replace(taskMark, "");
  return blocks;
}

/** The first word after the signs of a fence. */
export function languageOf(info: string): string {
  return /^\s*(\S*)/.exec(info)![1]!;
}

function withoutLastBreak(code: string): string {
  return code.endsWith("\n") ? code.slice(0, -1) : code;
}
