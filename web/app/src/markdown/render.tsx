// The syntax tree of a markdown text as React elements. Raw HTML in it is shown as the text it is.
import type { AlignType, Definition, Nodes, Parents, RootContent, Table } from "mdast";
import { createElement, Fragment, memo, type ReactNode } from "react";
import { CodeBlock } from "./code-block";
import { directionOf, textLength } from "./direction";
import { hostOf, inlineImage, safeHref } from "./links";

type Definitions = ReadonlyMap<string, Definition>;

interface BlockProps {
  block: RootContent;
  definitions: Definitions;
  /** The block may still grow: expensive finishing (highlighting) waits. */
  isGrowing: boolean;
}

/** Drawn again only when the block itself changes. */
export const MarkdownBlock = memo(function MarkdownBlock({ block, definitions, isGrowing }: BlockProps) {
  return <>{draw(block, { definitions, isGrowing })}</>;
});

interface Context {
  definitions: Definitions;
  isGrowing: boolean;
}

function children(node: Parents, context: Context): ReactNode[] {
  return node.children.map((child, index) => <Fragment key={index}>{draw(child, context)}</Fragment>);
}

function draw(node: Nodes, context: Context): ReactNode {
  switch (node.type) {
    case "text":
      return node.value;
    case "paragraph":
      return <p dir="auto">{children(node, context)}</p>;
    case "heading":
      // The page's own headings are levels 1 to 3: those of a text come below them.
      return createElement(`h${Math.min(6, node.depth + 2)}`, { dir: "auto" }, children(node, context));
    case "strong":
      return <strong>{children(node, context)}</strong>;
    case "emphasis":
      return <em>{children(node, context)}</em>;
    case "delete":
      return <del>{children(node, context)}</del>;
    case "inlineCode":
      return <code dir="ltr">{node.value}</code>;
    case "code":
      return <CodeBlock code={node.value} language={node.lang ?? ""} isGrowing={context.isGrowing} />;
    case "break":
      return <br />;
    case "thematicBreak":
      return <hr />;
    case "blockquote":
      return <blockquote dir={directionOf(node)}>{children(node, context)}</blockquote>;
    case "list":
      return node.ordered ? (
        <ol start={node.start ?? 1} dir={directionOf(node)}>
          {children(node, context)}
        </ol>
      ) : (
        <ul dir={directionOf(node)}>{children(node, context)}</ul>
      );
    case "listItem":
      return drawItem(node, context);
    case "table":
      return drawTable(node, context);
    case "link":
      return drawLink(node.url, children(node, context), node.title);
    case "linkReference": {
      const target = context.definitions.get(node.identifier.toUpperCase());
      const inside = children(node, context);
      return target ? drawLink(target.url, inside, target.title) : <>[{inside}]</>;
    }
    case "image":
      return drawImage(node.url, node.alt ?? "");
    case "imageReference": {
      const target = context.definitions.get(node.identifier.toUpperCase());
      return target ? drawImage(target.url, node.alt ?? "") : `![${node.alt ?? ""}]`;
    }
    case "html":
      return <span className="whitespace-pre-wrap">{node.value}</span>;
    case "footnoteReference":
      return <sup className="text-small">[{node.label ?? node.identifier}]</sup>;
    case "footnoteDefinition":
      return (
        <div className="text-small text-soft" dir="auto">
          [{node.label ?? node.identifier}] {children(node, context)}
        </div>
      );
    default:
      return null;
  }
}

function drawItem(node: Extract<Nodes, { type: "listItem" }>, context: Context): ReactNode {
  const isTask = typeof node.checked === "boolean";
  const inside = node.children.map((child, index) => {
    const isTight = child.type === "paragraph" && !node.spread;
    return <Fragment key={index}>{isTight ? children(child, context) : draw(child, context)}</Fragment>;
  });
  return (
    <li className={isTask ? "task" : undefined}>
      {isTask && <input type="checkbox" checked={node.checked === true} disabled readOnly />}
      {inside}
    </li>
  );
}

function drawTable(node: Table, context: Context): ReactNode {
  const [head, ...body] = node.children;
  const isWide = (index: number) =>
    node.children.some((row) => row.children[index] && textLength(row.children[index]) > wideColumnMin) || undefined;
  const align = (index: number): AlignType | undefined => node.align?.[index] ?? undefined;
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Table">
      <table dir={directionOf(node)}>
        <thead>
          <tr>
            {head?.children.map((cell, index) => (
              <th key={index} data-align={align(index)} data-wide={isWide(index)} dir="auto">
                {children(cell, context)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, rowIndex) => (
            <tr key={rowIndex}>
              {row.children.map((cell, index) => (
                <td key={index} data-align={align(index)} dir="auto">
                  {children(cell, context)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A column with more characters than this in a cell keeps a width in which it can be read; the table then scrolls. */
const wideColumnMin = 28;

function drawLink(address: string, inside: ReactNode, title?: string | null): ReactNode {
  const href = safeHref(address);
  if (!href) return <span title={address}>{inside}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={title ?? hostOf(href)}>
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
