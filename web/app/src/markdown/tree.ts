// The syntax tree of a markdown text: what it means, free of how it was written and of how it is drawn.

export type Align = "left" | "center" | "right" | undefined;

export interface Text {
  type: "text";
  value: string;
}
export interface InlineCode {
  type: "inlineCode";
  value: string;
}
export interface Break {
  type: "break";
}
/** TeX. `source` is what was written, with its signs. */
export interface Math {
  type: "math";
  value: string;
  source: string;
  layout: "inline" | "display";
}
export interface Link {
  type: "link";
  url: string;
  title: string;
  children: Inline[];
}
export interface Image {
  type: "image";
  url: string;
  alt: string;
}
export interface FootnoteReference {
  type: "footnoteReference";
  label: string;
}
/** The elements that may be written as HTML. */
export type ElementName = "sub" | "sup" | "kbd";
export interface Span {
  type: "strong" | "emphasis" | "delete" | ElementName;
  children: Inline[];
}
export type Inline = Text | InlineCode | Break | Math | Link | Image | FootnoteReference | Span;

export interface Paragraph {
  type: "paragraph";
  children: Inline[];
}
export interface Heading {
  type: "heading";
  depth: number;
  children: Inline[];
}
export interface Code {
  type: "code";
  /** The first word after the fence. */
  language: string;
  value: string;
}
export interface ThematicBreak {
  type: "thematicBreak";
}
export interface Quote {
  type: "quote";
  children: Block[];
}
export interface ListItem {
  type: "listItem";
  /** Null: not a task. */
  checked: boolean | null;
  children: Block[];
}
export interface List {
  type: "list";
  /** Null: not numbered. */
  start: number | null;
  /** Space between its items, as there was an empty line between them. */
  isLoose: boolean;
  children: ListItem[];
}
export interface Cell {
  type: "cell";
  children: Inline[];
}
export interface Row {
  type: "row";
  children: Cell[];
}
export interface Table {
  type: "table";
  align: Align[];
  /** The first row is the head. */
  children: Row[];
}
export interface Details {
  type: "details";
  summary: Inline[];
  isOpen: boolean;
  children: Block[];
}
export interface FootnoteDefinition {
  type: "footnoteDefinition";
  label: string;
  children: Block[];
}
/** Text that is shown as it was written: it goes beyond a limit. */
export interface Source {
  type: "source";
  value: string;
}
export type Block =
  | Paragraph
  | Heading
  | Code
  | ThematicBreak
  | Quote
  | List
  | Table
  | Math
  | Details
  | FootnoteDefinition
  | Source;

export type Node = Inline | Block | ListItem | Cell | Row;
