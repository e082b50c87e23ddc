// Markdown, by the part of the page that draws it. On a slow line its text can be read before that part is here.
import { useEffect } from "react";
import { LongText } from "../markdown/long-text";
import { useObservable } from "../state/hooks";
import { markdownPart } from "./markdown-part";

/** How soon it is asked for again where it could not be had, in milliseconds. */
const againMs = 5_000;
/** More is not read before it is here. */
const plainCharsMax = 20_000;

export function MarkdownText({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const drawn = useObservable(markdownPart);
  useEffect(() => (drawn ? undefined : untilLoaded()), [drawn]);
  if (drawn) return <drawn.Markdown text={text} isGrowing={isGrowing} />;
  return (
    <div className="prose">
      <div dir="auto" className="source">
        <LongText text={text.slice(0, plainCharsMax)} />
      </div>
    </div>
  );
}

/** The function that it returns ends the trying. */
function untilLoaded(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const load = () => markdownPart.load().catch(() => (timer = setTimeout(load, againMs)));
  void load();
  return () => clearTimeout(timer);
}
