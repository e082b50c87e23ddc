// Colours for code. A separate chunk: loaded when the first code block is shown.
import { common, createLowlight } from "lowlight";
import { createElement, type ReactNode } from "react";

const lowlight = createLowlight(common);

type HastNode = ReturnType<typeof lowlight.highlight>["children"][number];

/** Null when the language is not known here. */
export function highlight(code: string, language: string): ReactNode | null {
  const name = language.toLowerCase();
  if (!lowlight.registered(name)) return null;
  return lowlight.highlight(name, code).children.map(draw);
}

function draw(node: HastNode, key: number): ReactNode {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return null;
  const classes = node.properties.className;
  const className = Array.isArray(classes) ? classes.join(" ") : undefined;
  return createElement("span", { key, className }, node.children.map((child, index) => draw(child as HastNode, index)));
}
