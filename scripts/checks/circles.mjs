// Circles: two files or folders that need each other, however long the way round.
import { posix } from "node:path";
import { folderOf, isAssembly } from "./includes.mjs";

// Tarjan's algorithm: each group of two or more nodes that all lead to each other, and each node that leads to itself.
// `edges` is a Map from a node to the nodes that it leads to.
function circlesOf(edges) {
  const numbers = new Map();
  const lowest = new Map();
  const path = [];
  const circles = [];
  const visit = (node) => {
    numbers.set(node, numbers.size);
    lowest.set(node, numbers.get(node));
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!numbers.has(next)) visit(next);
      if (path.includes(next)) lowest.set(node, Math.min(lowest.get(node), lowest.get(next)));
    }
    if (lowest.get(node) !== numbers.get(node)) return;
    const group = path.splice(path.indexOf(node));
    if (group.length > 1 || edges.get(node)?.has(node)) circles.push(group);
  };
  for (const node of edges.keys()) if (!numbers.has(node)) visit(node);
  return circles;
}

// A way round inside a circle, for the person: "a -> b -> a".
function wayRound(edges, circle) {
  const [start] = circle;
  const before = new Map([[start, undefined]]);
  for (const node of before.keys()) {
    for (const next of edges.get(node) ?? []) {
      if (next === start) {
        const way = [];
        for (let at = node; at !== undefined; at = before.get(at)) way.unshift(at);
        return [...way, start].join(" -> ");
      }
      if (circle.includes(next) && !before.has(next)) before.set(next, node);
    }
  }
  return circle.join(", ");
}

const show = (edges, what) => circlesOf(edges).map((circle) => `${what} need each other: ${wayRound(edges, circle)}`);

function graph(pairs) {
  const edges = new Map();
  for (const [from, to] of pairs) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  return edges;
}

function includeCircles(tree) {
  const pairs = tree.matching(/^src\/.*\.(cpp|h)$/).flatMap((path) =>
    tree
      .includes(path)
      .filter(({ name, isAngle }) => !isAngle && tree.has(`src/${name}`))
      .map(({ name }) => [path, `src/${name}`]),
  );
  const between = pairs
    .map(([path, target]) => [path, folderOf(path), folderOf(target)])
    .filter(([path, from, to]) => from !== to && !isAssembly(path, from, to))
    .map(([, from, to]) => [`src/${from}`, `src/${to}`]);
  return [...show(graph(pairs), "files"), ...show(graph(between), "folders")];
}

const imported = /(?:^|[\s;])(?:import|export)\s+(?:[\w*{},\s$]+\sfrom\s+)?["'](\.[^"']*)["']|\bimport\(\s*["'](\.[^"']*)["']\s*\)/g;

function importCircles(tree) {
  const files = tree.matching(/^web\/(client|app)\/src\/.*\.tsx?$/);
  const known = new Set(files);
  const pairs = files.flatMap((path) =>
    [...tree.text(path).matchAll(imported)].flatMap(([, static_, dynamic]) => {
      const target = posix.join(posix.dirname(path), static_ ?? dynamic).replace(/\.js$/, "");
      const found = [target, `${target}.ts`, `${target}.tsx`, `${target}/index.ts`].find((candidate) => known.has(candidate));
      return found ? [[path, found]] : [];
    }),
  );
  return show(graph(pairs), "files");
}

export const checks = [
  { name: "include-circles", what: "no files or folders of src/ include each other", find: includeCircles },
  { name: "import-circles", what: "no files of web/client and web/app import each other", find: importCircles },
];
