// Documents against what they speak of.
import { dirname, posix } from "node:path";

// The anchors that a Markdown page has, as GitHub makes them from its headings.
function anchors(text) {
  return new Set(
    [...text.matchAll(/^#+ +(.+)$/gm)].map((match) =>
      match[1].trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-"),
    ),
  );
}

const withoutCode = (text) => text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, " ")).replace(/`[^`\n]*`/g, "");

function links(tree) {
  return tree.matching(/\.md$/).flatMap((page) =>
    withoutCode(tree.text(page))
      .split("\n")
      .flatMap((line, index) =>
        [...line.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].flatMap(([, target]) => {
          if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
          const [path, anchor] = target.split("#");
          const file = path === "" ? page : posix.normalize(path.startsWith("/") ? path.slice(1) : posix.join(dirname(page), decodeURI(path)));
          if (!tree.has(file)) return [`${page}:${index + 1}: ${target} does not exist`];
          if (anchor && file.endsWith(".md") && !anchors(tree.text(file)).has(anchor)) return [`${page}:${index + 1}: ${file} has no heading #${anchor}`];
          return [];
        }),
      ),
  );
}

const normalized = (method, path) => `${method.toUpperCase()} ${path.replace(/(:\w+|\{\w+\})/g, ":").replace(/(.)\/$/, "$1")}`;

// Every route that the server knows is in docs/api.md, and the other way round.
function routes(tree) {
  const table = "src/api/routes.cpp";
  const page = "docs/api.md";
  if (!tree.has(table) || !tree.has(page)) return [];
  const served = new Map();
  for (const [, method, path] of tree.text(table).matchAll(/Method::(get|post|put|patch|delete)_?\s*,\s*"(\/[^"]*)"/g)) {
    served.set(normalized(method, path.replace(/\+$/, "")), path);
  }
  if (served.size === 0) return [`${table}: no route was found in it`];
  const text = tree.text(page);
  const documented = new Map();
  for (const [, method, path] of text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/[\w/:{}.-]+)/g)) {
    documented.set(normalized(method, path.replace(/[.:]$/, "")), path);
  }
  return [
    ...[...served.keys()].filter((route) => !documented.has(route)).map((route) => `${page}: does not mention ${route}`),
    ...[...documented.keys()].filter((route) => !served.has(route)).map((route) => `${page}: ${route} is not served (${table})`),
  ];
}

// "Debian package" or "npm package@version" -> where it is asked for.
function askedFor(tree) {
  const asked = new Map();
  for (const [, list] of tree.text("scripts/setup").matchAll(/^\w+_packages=\(([^)]*)\)/gm)) {
    for (const name of list.split(/\s+/).filter(Boolean)) asked.set(name, { where: "scripts/setup" });
  }
  for (const where of tree.matching(/(^|\/)package\.json$/)) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(tree.text(where));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (!name.startsWith("@threadkeep/")) asked.set(name, { where, version });
    }
  }
  return asked;
}

// Each dependency has a row with its reason in docs/dependencies.md, and an exact version when npm brings it.
function dependencies(tree) {
  const page = "docs/dependencies.md";
  if (!tree.has(page)) return [`${page} does not exist`];
  const rows = new Map([...tree.text(page).matchAll(/^\| *([@a-z][^ |]*) *\| *([^|]*?) *\| *[^| ][^|]*\|$/gm)].map(([, name, version]) => [name, version]));
  rows.delete("package");
  const asked = askedFor(tree);
  return [
    ...[...asked].flatMap(([name, { where, version }]) => {
      if (version && !/^\d[\w.-]*$/.test(version)) return [`${where}: ${name} "${version}" is not an exact version`];
      if (!rows.has(name)) return [`${page}: has no row for ${name} (${where})`];
      return version && rows.get(name) !== version ? [`${page}: ${name} is ${version} in ${where}`] : [];
    }),
    ...[...rows.keys()].filter((name) => !asked.has(name)).map((name) => `${page}: nothing asks for ${name}`),
  ];
}

export const checks = [
  { name: "links", what: "relative links in the documents lead somewhere", find: links },
  { name: "dependencies", what: "docs/dependencies.md has exactly the packages that are asked for", find: dependencies },
  { name: "routes", what: "docs/api.md and src/api/routes.cpp name the same routes", find: routes },
];
