// Formulas. A separate chunk, with styles and fonts of its own: loaded when the first formula is shown.
import katex from "katex";
import "katex/dist/katex.min.css";

const options = {
  throwOnError: true,
  strict: "ignore",
  output: "htmlAndMathml",
  maxSize: 20,
  maxExpand: 300,
  // Links, pictures, classes and styles from others' text: not drawn at all rather than in part.
  trust: ({ command }: { command: string }): boolean => {
    throw new Error(`${command} is not drawn`);
  },
} as const;

/** Draws TeX into `box`, by nodes and never by HTML. False, with the box empty, when it is something that cannot be drawn. */
export function drawMath(tex: string, layout: "inline" | "display", box: HTMLElement): boolean {
  try {
    katex.render(tex, box, { ...options, displayMode: layout === "display" });
    return true;
  } catch {
    box.replaceChildren();
    return false;
  }
}
