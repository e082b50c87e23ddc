// What was on the screen last, drawn again before anything else of the page runs: the copy on the device has to be opened and read, and the
// page drawn, which takes several times as long. It can be seen but not used, screen readers do not meet it, and React's first drawing
// takes its place.

/** Texts, and elements: name ("svg:" in front of those of drawings), attributes, children, and how far it was scrolled. */
export type Drawn = string | [name: string, attributes: Record<string, string>, children: Drawn[], scrolled?: number];

interface Picture {
  /** Another version of the page may look different. */
  version: string;
  address: string;
  width: number;
  height: number;
  drawn: Drawn[];
}

const key = "threadkeep.picture";
/** More would take the room of drafts, which are in the same storage. */
const charsMax = 300_000;
/** How often the picture is taken while the page is looked at, in milliseconds: after a crash nobody has said good-bye. */
const takeMs = 30_000;
const svg = "http://www.w3.org/2000/svg";
/** Nothing that acts, loads or names: only what makes the look. */
const kept = /^(class|style|dir|lang|type|rows|placeholder|disabled|open|start|colspan|rowspan|d|viewBox|width|height|fill|stroke|stroke-[a-z]+|(data|aria)-[a-z-]+)$/;
const left = /^(script|style|link|meta|base|iframe|object|embed|template|audio|video)$/;

/** Draws the picture into `root`, if it is one of this address in a window of this size. */
export function drawLastPicture(root: HTMLElement): void {
  const picture = read();
  if (!picture) return;
  const { version, address, width, height } = picture;
  if (version !== import.meta.url || address !== location.search || width !== innerWidth || height !== innerHeight) return;
  const layer = document.createElement("div");
  layer.inert = true;
  layer.setAttribute("aria-hidden", "true");
  layer.dataset.picture = "";
  const scrolled: [Element, number][] = [];
  layer.append(...picture.drawn.map((one) => nodeOf(one, scrolled)));
  root.replaceChildren(layer);
  for (const [element, top] of scrolled) element.scrollTop = top;
}

let isEnded = false;

/** Takes pictures from now on; none while `mayKeep` says no, and the last one is then forgotten. */
export function keepPictures(root: HTMLElement, mayKeep: () => boolean): void {
  const take = () => (mayKeep() && !isEnded ? takePicture(root) : forgetPicture());
  addEventListener("pagehide", take);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && take());
  setInterval(() => document.visibilityState === "visible" && requestIdleCallback(take), takeMs);
}

export function takePicture(root: HTMLElement): void {
  if (root.querySelector("[data-picture]")) return;
  const budget = { chars: charsMax };
  const drawn = [...root.childNodes].flatMap((node) => drawnOf(node, budget));
  // A message of megabytes is not copied to find out that it is too long.
  if (budget.chars < 0) return forgetPicture();
  const picture: Picture = { version: import.meta.url, address: location.search, width: innerWidth, height: innerHeight, drawn };
  const text = JSON.stringify(picture);
  try {
    if (text.length <= charsMax) localStorage.setItem(key, text);
    else forgetPicture();
  } catch {
    forgetPicture();
  }
}

/** The copy is taken off this device: no picture of it may be there when the page is left. */
export function endPictures(): void {
  isEnded = true;
  forgetPicture();
}

function forgetPicture(): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // A storage that gives nothing out keeps nothing either.
  }
}

function read(): Picture | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Picture | null;
  } catch {
    return null;
  }
}

function drawnOf(node: Node, budget: { chars: number }): Drawn[] {
  if (budget.chars < 0) return [];
  if (node instanceof Text) {
    budget.chars -= node.length;
    return [node.data];
  }
  if (!(node instanceof Element) || left.test(node.localName)) return [];
  const attributes: Record<string, string> = {};
  for (const { name, value } of node.attributes) if (kept.test(name)) attributes[name] = value;
  const name = node.namespaceURI === svg ? `svg:${node.localName}` : node.localName;
  const children = node instanceof HTMLTextAreaElement ? [node.value] : [...node.childNodes].flatMap((child) => drawnOf(child, budget));
  return [node.scrollTop > 0 ? [name, attributes, children, Math.round(node.scrollTop)] : [name, attributes, children]];
}

function nodeOf(drawn: Drawn, scrolled: [Element, number][]): Node {
  if (typeof drawn === "string") return document.createTextNode(drawn);
  const [name, attributes, children, top] = drawn;
  const isSvg = name.startsWith("svg:");
  const local = isSvg ? name.slice(4) : name;
  const element = left.test(local) ? document.createElement("span") : isSvg ? document.createElementNS(svg, local) : document.createElement(local);
  for (const [attribute, value] of Object.entries(attributes)) {
    // The content policy takes no style attribute.
    if (attribute === "style") (element as HTMLElement | SVGElement).style.cssText = value;
    else if (kept.test(attribute)) element.setAttribute(attribute, value);
  }
  element.append(...children.map((child) => nodeOf(child, scrolled)));
  if (top) scrolled.push([element, top]);
  return element;
}
