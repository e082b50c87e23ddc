// Who may include whom: the table of ARCHITECTURE.md, and the libraries that stay behind one folder.

// A library named here is known to one folder of src/ only.
const homes = [
  { header: /^boost\//, folder: "src/http" },
  { header: /^curl\//, folder: "src/http" },
  { header: /^simdjson/, folder: "src/json" },
  { header: /^sqlite3/, folder: "src/store/sqlite" },
  { header: /^(libpq|postgresql\/)/, folder: "src/store/postgres" },
];

// "base" -> Set of folders it may include, from the rows "| src/base | what it does | json, base |".
function allowedIncludes(tree) {
  const allowed = new Map();
  for (const line of tree.lines("ARCHITECTURE.md")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const folder = /^`?src\/([\w-]+)`?$/.exec(cells[1] ?? "")?.[1];
    if (folder) allowed.set(folder, new Set([folder, ...(cells[3] ?? "").split(/[\s,]+/).filter(Boolean)]));
  }
  return allowed;
}

function folders(tree) {
  const allowed = allowedIncludes(tree);
  const present = new Set(tree.matching(/^src\/[^/]+\//).map((path) => path.split("/")[1]));
  return [
    ...[...present].filter((name) => !allowed.has(name)).map((name) => `ARCHITECTURE.md: src/${name} is not in the table`),
    ...[...allowed.keys()].filter((name) => !present.has(name)).map((name) => `ARCHITECTURE.md: there is no folder src/${name}`),
    ...tree.matching(/^src\/[^/]+\.(cpp|h)$/).map((path) => `${path}: belongs into a folder of src/`),
  ];
}

function arrows(tree) {
  const allowed = allowedIncludes(tree);
  return tree.matching(/^src\/.*\.(cpp|h)$/).flatMap((path) => {
    const folder = path.split("/")[1];
    return tree.includes(path).flatMap(({ line, name, isAngle }) => {
      if (isAngle) {
        const home = homes.find(({ header }) => header.test(name))?.folder;
        return home && !path.startsWith(`${home}/`) ? [`${path}:${line}: <${name}> is for ${home} only`] : [];
      }
      const target = name.split("/")[0];
      if (!name.includes("/") || !allowed.has(target)) return [`${path}:${line}: "${name}" is not written from src/`];
      return allowed.get(folder)?.has(target) === false ? [`${path}:${line}: src/${folder} may not include "${name}"`] : [];
    });
  });
}

export const checks = [
  { name: "folders", what: "src/ and the table of ARCHITECTURE.md name the same folders", find: folders },
  { name: "includes", what: "only the arrows of ARCHITECTURE.md", find: arrows },
];
