// Who may include whom: the table of ARCHITECTURE.md, and the libraries that stay inside one folder.

// A library named here is known to these folders of src/ only.
const homes = [
  { header: /^boost\/(?!json\/)/, folders: ["src/http"] },
  { header: /^(boost\/json|valijson)\//, folders: ["src/tools"] },
  { header: /^curl\//, folders: ["src/http"] },
  { header: /^simdjson/, folders: ["src/base", "src/json"] },
  { header: /^sqlite3/, folders: ["src/store/sqlite"] },
  { header: /^(libpq|postgresql\/)/, folders: ["src/store/postgres"] },
];

const code = /^src\/.*\.(cpp|h)$/;

// "store/sql" -> Set of folders it may include, from the rows "| src/store/sql | what it does | store, domain, base |".
function allowedIncludes(tree) {
  const allowed = new Map();
  for (const line of tree.lines("ARCHITECTURE.md")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const folder = /^`?src\/([\w/-]+)`?$/.exec(cells[1] ?? "")?.[1];
    if (folder) allowed.set(folder, new Set((cells[3] ?? "").split(/[\s,]+/).filter(Boolean)));
  }
  return allowed;
}

// "src/store/sql/query.h" -> "store/sql".
export const folderOf = (path) => path.split("/").slice(1, -1).join("/");

// The headers of a folder are for what lies inside it; its bodies put together what lies inside it.
export const isAssembly = (path, folder, target) => path.endsWith(".cpp") && target.startsWith(`${folder}/`);

function folders(tree) {
  const allowed = allowedIncludes(tree);
  const present = new Set(tree.matching(code).map(folderOf));
  const named = [...allowed].flatMap(([folder, targets]) => [...targets].map((target) => [folder, target]));
  return [
    ...[...present].filter((name) => name && !allowed.has(name)).map((name) => `ARCHITECTURE.md: src/${name} is not in the table`),
    ...[...allowed.keys()].filter((name) => !present.has(name)).map((name) => `ARCHITECTURE.md: there is no folder src/${name}`),
    ...named.filter(([, target]) => !allowed.has(target)).map(([folder, target]) => `ARCHITECTURE.md: src/${folder} names ${target}, which has no row`),
    ...tree.matching(/^src\/[^/]+\.(cpp|h)$/).map((path) => `${path}: belongs into a folder of src/`),
  ];
}

function arrows(tree) {
  const allowed = allowedIncludes(tree);
  return tree.matching(code).flatMap((path) => {
    const folder = folderOf(path);
    return tree.includes(path).flatMap(({ line, name, isAngle }) => {
      if (isAngle) {
        const homeFolders = homes.find(({ header }) => header.test(name))?.folders;
        return homeFolders && !homeFolders.some((home) => path.startsWith(`${home}/`))
          ? [`${path}:${line}: <${name}> is for ${homeFolders.join(" and ")} only`]
          : [];
      }
      const target = folderOf(`src/${name}`);
      if (!allowed.has(target)) return [`${path}:${line}: "${name}" is not written from src/`];
      const isAllowed = target === folder || allowed.get(folder)?.has(target) !== false || isAssembly(path, folder, target);
      return isAllowed ? [] : [`${path}:${line}: src/${folder} may not include "${name}"`];
    });
  });
}

export const checks = [
  { name: "folders", what: "src/ and the table of ARCHITECTURE.md name the same folders", find: folders },
  { name: "includes", what: "only the arrows of ARCHITECTURE.md", find: arrows },
];
