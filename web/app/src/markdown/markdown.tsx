import { Component, memo, use, useEffect, useLayoutEffect, useMemo, useReducer, useRef, type ReactNode } from "react";
import { afterPaint } from "../state/after-paint";
import { DrawnWhole } from "./drawn-whole";
import { messageCharsMax, messageNodesMax } from "./limits";
import { GrowingMarkdown, type Section } from "./parse";
import { MarkdownBlock, SourceText } from "./render";
import { isShaped, shapedWeight } from "./shaping";

interface MarkdownProps {
  text: string;
  /** More text is on its way. */
  isGrowing: boolean;
}

/** A markdown text, drawn section by section: while it grows only its last ones are parsed and drawn again. */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  return (
    <SourceOnFailure {...props}>
      <Sections {...props} />
    </SourceOnFailure>
  );
});

/** A text that fails to be drawn is shown as it was written, and takes nothing else of the page with it. */
class SourceOnFailure extends Component<MarkdownProps & { children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }
  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="prose">
        <SourceText text={this.props.text} />
      </div>
    );
  }
}

/** Sections that React compares as one. */
const groupSize = 48;

function Sections({ text, isGrowing }: MarkdownProps) {
  const end = useShownEnd(text);
  const parser = useRef<GrowingMarkdown>(null);
  parser.current ??= new GrowingMarkdown();
  const growing = parser.current;
  const isWhole = !isGrowing && end === text.length;
  const sections = useMemo(
    () => (isWhole ? growing.final(text) : growing.update(text.slice(0, end))),
    [growing, text, end, isWhole],
  );
  const drawn = sections.slice(0, countWithin(sections, messageNodesMax));
  const groups: Section[][] = [];
  for (let at = 0; at < drawn.length; at += groupSize) groups.push(drawn.slice(at, at + groupSize));
  const rest = sections.length > drawn.length ? sections.slice(drawn.length).map(({ source }) => source).join("") : "";
  return (
    <div className="prose">
      {groups.map((group, index) => (
        <Group key={index} sections={group} isGrowing={!isWhole && rest === "" && index === groups.length - 1} />
      ))}
      {rest && <SourceText text={rest} />}
    </div>
  );
}

/** How many sections have no more nodes than these. */
function countWithin(sections: readonly Section[], nodesMax: number): number {
  let nodes = 0;
  const beyond = sections.findIndex((section) => (nodes += section.nodeCount) > nodesMax);
  return beyond < 0 ? sections.length : beyond;
}

interface GroupProps {
  sections: readonly Section[];
  /** The last of them may still grow: expensive finishing (colours of code) waits. */
  isGrowing: boolean;
}

const Group = memo(
  function Group({ sections, isGrowing }: GroupProps) {
    return sections.map((section, index) =>
      section.blocks.map((block, at) => (
        <MarkdownBlock
          key={`${index}.${at}`}
          block={block}
          isGrowing={isGrowing && index === sections.length - 1 && at === section.blocks.length - 1}
        />
      )),
    );
  },
  (a, b) =>
    a.isGrowing === b.isGrowing &&
    a.sections.length === b.sections.length &&
    a.sections.every((section, index) => section === b.sections[index]),
);

/** So much is drawn in one go: at first, then in each further step, and of what is beyond all limits and costs little. */
const firstWeight = 9_000;
const stepWeight = 6_000;
const sourceStepChars = 200_000;
/** What a sign that may make an element of its own costs beside a letter: a table of short cells costs ten times as much as prose. */
const signWeight = 12;
/** A line of code or of a paragraph costs less than that. */
const lineWeight = 6;
const lineEnd = 0x0a;
const signs = new Set([..."|[]*_`<~$"].map((sign) => sign.charCodeAt(0)));

/** How far from there on a text has this weight. */
export function endOfWeight(text: string, from: number, weight: number): number {
  let end = from;
  for (let left = weight; end < text.length && left > 0; end += 1) {
    const unit = text.charCodeAt(end);
    left -= unit === lineEnd ? lineWeight : signs.has(unit) ? signWeight : isShaped(unit) ? shapedWeight : 1;
  }
  return end;
}

/**
 * Up to where the text is drawn. Texts of usual length are drawn at once, longer ones in steps, at their end, so that nothing that
 * is read moves and the page can be used meanwhile.
 */
function useShownEnd(text: string): number {
  const shown = useRef(0);
  const [, goOn] = useReducer((count: number) => count + 1, 0);
  const from = shown.current;
  const wanted = from >= messageCharsMax ? from + sourceStepChars : endOfWeight(text, from, from === 0 ? firstWeight : stepWeight);
  const isWhole = use(DrawnWhole);
  const end = isWhole || text.length <= wanted ? text.length : Math.max(text.lastIndexOf("\n", wanted) + 1, from + ((wanted - from) >> 1));
  useLayoutEffect(() => {
    shown.current = end;
  }, [end]);
  useEffect(() => (end < text.length ? afterPaint(goOn) : undefined), [end, text]);
  return end;
}
