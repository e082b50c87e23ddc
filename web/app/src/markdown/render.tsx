// The syntax tree of a markdown text as React elements. HTML in it is shown as the text it is.
import { createElement, Fragment, memo, use, useEffect, useState, type MouseEvent, type ReactNode } from "react";
import { afterPaint } from "../state/after-paint";
import { CodeBlock } from "./code-block";
import { DiagramBlock } from "./diagram";
import { directionOf, textLength } from "./direction";
import { DrawnWhole } from "./drawn-whole";
import { hostOf, inlineImage, safeHref } from "./links";
import { LongText } from "./long-text";
import { MathView } from "./math-view";
import type { Block, Details, Inline, List, ListItem, Row, Table } from "./tree";

interface BlockProps {
  block: Block;
  /** The block may still grow: expensive finishing (highlighting) waits. */
  isGrowing: boolean;
}

/** Drawn again only when the block itself changes. */
export const MarkdownBlock = memo(function MarkdownBlock({ block, isGrowing }: BlockProps) {
  return drawBlock(block, isGrowing);
});

/** As it was written. */
export function SourceText({ text }: { text: string }) {
  return (
    <div className="source" dir="auto">
      <LongText text={text} />
    </div>
  );
}

function drawBlocks(blocks: readonly Block[], isGrowing: boolean): ReactNode[] {
  return blocks.map((block, index) => <Fragment key={index}>{drawBlock(block, isGrowing)}</Fragment>);
}

function drawBlock(block: Block, isGrowing: boolean): ReactNode {
  switch (block.type) {
    case "paragraph":
      return <p dir="auto">{drawInlines(block.children)}</p>;
    case "heading":
      // The page's own headings are levels 1 to 3: those of a text come below them.
      return createElement(`h${Math.min(6, block.depth + 2)}`, { dir: "auto" }, drawInlines(block.children));
    case "code":
      return /^mermaid$/i.test(block.language) ? (
        <DiagramBlock source={block.value} isGrowing={isGrowing} />
      ) : (
        <CodeBlock code={block.value} language={block.language} isGrowing={isGrowing} />
      );
    case "thematicBreak":
      return <hr />;
    case "quote":
      return <blockquote dir={directionOf(block)}>{drawBlocks(block.children, isGrowing)}</blockquote>;
    case "list":
      return drawList(block, isGrowing);
    case "table":
      return <TableView table={block} />;
    case "math":
      return <MathView math={block} />;
    case "details":
      return drawDetails(block, isGrowing);
    case "footnoteDefinition":
      return (
        <div className="footnote" data-footnote={block.label} dir="auto" tabIndex={-1}>
          <span className="footnote-label">[{block.label}]</span>
          <div>{drawBlocks(block.children, isGrowing)}</div>
        </div>
      );
    case "source":
      return <SourceText text={block.value} />;
  }
}

function drawInlines(inlines: readonly Inline[]): ReactNode[] {
  return inlines.map((inline, index) => <Fragment key={index}>{drawInline(inline)}</Fragment>);
}

function drawInline(inline: Inline): ReactNode {
  switch (inline.type) {
    case "text":
      return inline.value;
    case "break":
      return <br />;
    case "inlineCode":
      return <code dir="ltr">{inline.value}</code>;
    case "math":
      return <MathView math={inline} />;
    case "link":
      return drawLink(inline.url, drawInlines(inline.children), inline.title);
    case "image":
      return drawImage(inline.url, inline.alt);
    case "footnoteReference":
      return drawReference(inline.label);
    case "emphasis":
      return <em>{drawInlines(inline.children)}</em>;
    case "delete":
      return <del>{drawInlines(inline.children)}</del>;
    default:
      return createElement(inline.type, null, drawInlines(inline.children));
  }
}

function drawList(list: List, isGrowing: boolean): ReactNode {
  const items = list.children.map((item, index) => (
    <Fragment key={index}>{drawItem(item, list.isLoose, isGrowing)}</Fragment>
  ));
  const props = { dir: directionOf(list), className: list.isLoose ? "loose" : undefined };
  return list.start === null ? (
    <ul {...props}>{items}</ul>
  ) : (
    <ol start={list.start} {...props}>
      {items}
    </ol>
  );
}

function drawItem(item: ListItem, isLoose: boolean, isGrowing: boolean): ReactNode {
  const isTask = item.checked !== null;
  const inside = item.children.map((child, index) => {
    const isTight = child.type === "paragraph" && !isLoose;
    return <Fragment key={index}>{isTight ? drawInlines(child.children) : drawBlock(child, isGrowing)}</Fragment>;
  });
  return (
    <li className={isTask ? "task" : undefined}>
      {isTask && <input type="checkbox" checked={item.checked === true} disabled readOnly aria-label={item.checked ? "Done" : "To do"} />}
      {inside}
    </li>
  );
}

/** A column with more characters than this in a cell keeps a width in which it can be read; the table then scrolls. */
const wideColumnMin = 28;
/** Drawn in one go. */
const cellsOfStep = 240;

/** A table; the rows of a large one come in steps. */
function TableView({ table }: { table: Table }) {
  const [head, ...body] = table.children;
  const step = Math.max(1, Math.floor(cellsOfStep / head!.children.length));
  const [count, setCount] = useState(step);
  const isWhole = use(DrawnWhole) || count >= body.length;
  useEffect(() => (isWhole ? undefined : afterPaint(() => setCount(count + step))), [isWhole, count, step]);
  const isWide = (index: number) =>
    table.children.some((row) => row.children[index] && textLength(row.children[index]) > wideColumnMin) || undefined;
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Table">
      <table dir={directionOf(table)}>
        <thead>
          <tr>{head!.children.map(({ children }, index) => drawCell("th", children, index, { "data-align": table.align[index], "data-wide": isWide(index) }))}</tr>
        </thead>
        <tbody>
          {(isWhole ? body : body.slice(0, count)).map((row, index) => (
            <TableRow key={index} row={row} align={table.align} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TableRow = memo(function TableRow({ row, align }: { row: Row; align: Table["align"] }) {
  return <tr>{row.children.map(({ children }, index) => drawCell("td", children, index, { "data-align": align[index] }))}</tr>;
});

function drawCell(type: "th" | "td", inside: Inline[], index: number, look: Record<string, unknown>): ReactNode {
  return createElement(type, { key: index, dir: cellDirection(inside), ...look }, drawInlines(inside));
}

/** A cell without letters is a number, a date, a sign: "-5 %" or "3 > 2" would be turned around in a table from right to left. */
function cellDirection(inside: readonly Inline[]): "ltr" | "auto" {
  return directionOf({ type: "cell", children: [...inside] }) === undefined ? "ltr" : "auto";
}

function drawDetails({ summary, isOpen, children }: Details, isGrowing: boolean): ReactNode {
  return (
    <details open={isOpen || undefined}>
      <summary dir="auto">{summary.length > 0 ? drawInlines(summary) : "Details"}</summary>
      <div>{drawBlocks(children, isGrowing)}</div>
    </details>
  );
}

function drawLink(address: string, inside: ReactNode, title: string): ReactNode {
  const href = safeHref(address);
  if (!href) return <span title={address}>{inside}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={title || hostOf(href)}>
      {inside}
    </a>
  );
}

/** Pictures elsewhere are never fetched by the page: a request would tell their host who reads what. */
function drawImage(address: string, alt: string): ReactNode {
  const inline = inlineImage(address);
  if (inline) return <img src={inline} alt={alt} />;
  const href = safeHref(address);
  if (!href) return <span title={address}>{alt || "picture"}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={`Opens ${href}`}>
      Picture{alt && `: ${alt}`} ({hostOf(href)})
    </a>
  );
}

function drawReference(label: string): ReactNode {
  return (
    <sup>
      <button type="button" className="footnote-reference" aria-label={`Footnote ${label}`} onClick={(event) => goToFootnote(event, label)}>
        [{label}]
      </button>
    </sup>
  );
}

/** The footnote stands in the same message, where it was written. */
function goToFootnote({ currentTarget }: MouseEvent<HTMLElement>, label: string): void {
  const notes = currentTarget.closest(".prose")?.querySelectorAll<HTMLElement>("[data-footnote]") ?? [];
  const note = [...notes].find((one) => one.dataset.footnote?.toLowerCase() === label.toLowerCase());
  note?.scrollIntoView({ block: "nearest" });
  note?.focus({ preventScroll: true });
}
