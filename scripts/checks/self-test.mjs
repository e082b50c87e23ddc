// Each rule is broken once in a small tree: a check that lets that pass checks nothing.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Tree } from "./tree.mjs";

const compiled = (root, files) =>
  JSON.stringify(files.map((file) => ({ directory: root, file: join(root, file), command: `g++ -std=c++20 -I${root}/src -c ${join(root, file)}` })));

// What every sample tree holds unless a case says otherwise; all checks pass on it.
const sound = (root) => ({
  "ARCHITECTURE.md": "# Architecture\n\n| folder | what | may include |\n|---|---|---|\n| src/base | x | |\n| src/store | x | base |\n| src/store/sql | x | store, base |\n| src/http | x | base |\n",
  ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
  ".clang-tidy": "Checks: '-*,readability-function-size,modernize-use-override'\nWarningsAsErrors: '*'\nHeaderFilterRegex: 'src/.*'\nCheckOptions:\n  - { key: readability-function-size.LineThreshold, value: 10 }\n",
  "src/base/size.h": "#pragma once\n\nint size();\n",
  "src/base/size.cpp": '#include "base/size.h"\n\nint size() { return 1; }\n',
  "src/store/store.h": '#pragma once\n\n#include "base/size.h"\n',
  "src/store/store.cpp": '#include "store/sql/sql.h"\n',
  "src/store/sql/sql.h": '#pragma once\n\n#include "store/store.h"\n',
  "src/http/http.cpp": "#include <curl/curl.h>\n",
  "web/client/src/a.ts": 'export { b } from "./b";\n',
  "web/client/src/b.ts": "export const b = 1;\n",
  "src/api/routes.cpp": undefined,
  "docs/api.md": "# API\n\n[the top](#api), [architecture](../ARCHITECTURE.md#architecture), `GET /healthz`\n",
  "docs/dependencies.md": "| package | version | why |\n|---|---|---|\n| g++ | 12.2 | compiles |\n| vite | 8.0.1 | bundles |\n",
  "scripts/setup": "build_packages=(g++)\n",
  "web/package.json": '{"scripts": {"check": "true"}, "devDependencies": {"vite": "8.0.1"}}\n',
  "build/check/compile_commands.json": compiled(root, ["src/base/size.cpp", "src/http/http.cpp", "src/store/store.cpp"]),
});

const mutant = (before, test = "base_test") => ({
  "tests/base/CMakeLists.txt": "threadkeep_test(base_test SOURCES a_test.cpp)\n",
  "tests/mutants/size.mutant": `The size is wrong.\ntest: ${test}\nsource: src/base/size.cpp\n--- before\n${before}\n--- after\n  return 2;\n`,
});
const longFunction = `int longer(int value) {\n${"  value += 1;\n".repeat(12)}  return value;\n}\n`;

// check, what is changed in the sound tree, what the finding must say
const cases = [
  ["folders", { "src/extra/a.h": "#pragma once\n" }, /src\/extra is not in the table/],
  ["folders", { "src/store/sqlite/a.h": "#pragma once\n" }, /src\/store\/sqlite is not in the table/],
  ["folders", { "src/store/store.h": undefined, "src/store/store.cpp": undefined }, /no folder src\/store$/],
  ["folders", { "src/store/sql/sql.h": undefined }, /no folder src\/store\/sql/],
  ["folders", { "ARCHITECTURE.md": "| src/base | x | gone |\n" }, /src\/base names gone/],
  ["folders", { "src/loose.cpp": "" }, /belongs into a folder/],
  ["includes", { "src/base/size.cpp": '#include "store/store.h"\n' }, /size\.cpp:1: src\/base may not include "store\/store\.h"/],
  ["includes", { "src/base/size.cpp": '#include "size.h"\n' }, /not written from src/],
  ["includes", { "src/store/store.h": '#include "store/sql/sql.h"\n' }, /src\/store may not include "store\/sql\/sql\.h"/],
  ["includes", { "src/http/http.cpp": '#include "store/sql/sql.h"\n' }, /src\/http may not include/],
  ["includes", { "src/store/store.h": "#include <boost/asio.hpp>\n" }, /<boost\/asio\.hpp> is for src\/http/],
  ["includes", { "src/store/store.h": "# include <sqlite3.h>\n" }, /is for src\/store\/sqlite/],
  ["includes", { "src/http/http.cpp": "#include <simdjson.h>\n" }, /is for src\/base and src\/json/],
  ["includes", { "src/store/store.h": "#include <libpq-fe.h>\n" }, /is for src\/store\/postgres/],
  ["include-circles", { "src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n' }, /files need each other: src\/base\/a\.h -> src\/base\/b\.h -> src\/base\/a\.h/],
  ["include-circles", { "src/base/size.cpp": '#include "http/http.h"\n', "src/http/http.h": '#include "base/size.h"\n' }, /folders need each other: src\/base -> src\/http -> src\/base/],
  ["include-circles", { "src/store/more.h": '#include "store/sql/sql.h"\n' }, /folders need each other: src\/store -> src\/store\/sql -> src\/store/],
  ["import-circles", { "web/client/src/b.ts": 'import type { a } from "./a";\n' }, /web\/client\/src\/a\.ts -> web\/client\/src\/b\.ts -> web\/client\/src\/a\.ts/],
  ["import-circles", { "web/app/src/c.tsx": 'import {\n  d,\n} from "../src/d.js";\n', "web/app/src/d.ts": 'const c = await import("./c");\n' }, /files need each other: web\/app\/src\/c\.tsx -> /],
  ["file-sizes", { "src/base/long.cpp": "\n".repeat(801) }, /801 lines/],
  ["file-sizes", { "docs/large.bin": "x".repeat(1_000_001) }, /1000001 bytes/],
  ["file-sizes", { "src/base/nul.cpp": "a\0b\n" }, /NUL/],
  ["disabled-tests", { "tests/a_test.cpp": "TEST(A, DISABLED_b) {}\n" }, /DISABLED_b/],
  ["disabled-tests", { "tests/a_test.cpp": "  GTEST_SKIP();\n" }, /without a reason/],
  ["disabled-tests", { "tests/a_test.cpp": '  GTEST_SKIP() << "";\n' }, /without a reason/],
  ["disabled-tests", { "web/a.test.ts": 'it.skip("a", () => {});\n' }, /switched off/],
  ["disabled-tests", { "web/a.test.ts": 'describe.concurrent.only("a", () => {});\n' }, /switched off/],
  ["disabled-tests", { "web/a.test.ts": 'xit("a", () => {});\n' }, /switched off/],
  ["disabled-tests", { "tests/CMakeLists.txt": "# threadkeep_test(a SOURCES a.cpp)\n" }, /switched off/],
  ["unfinished", { "src/base/size.cpp": "// TODO: more\n" }, /TODO/],
  ["unfinished", { "README.md": "<<<<<<< ours\n" }, /merge/],
  ["machine-traces", { "web/package-lock.json": '  "resolved": "https://registry.example/a.tgz",\n' }, /registry/],
  ["machine-traces", { "web/.npmrc": "registry=https://registry.example\n" }, /registry/],
  ["machine-traces", { "docs/api.md": "see /home/ann/notes\n" }, /path of one machine/],
  ["keys", { "docs/api.md": `sk-proj-${"aB3dE5gH7j".repeat(5)}\n` }, /looks like a key/],
  ["keys", { "src/base/size.cpp": `// AIza${"aB3dE5gH7-".repeat(4).slice(0, 35)}\n` }, /looks like a key/],
  ["keys", { "tests/a.mjs": `const key = "-----BEGIN ${"PRIVATE"} KEY-----";\n` }, /looks like a key/],
  ["links", { "docs/api.md": "[gone](gone.md)\n" }, /gone\.md does not exist/],
  ["links", { "docs/api.md": "[gone](../ARCHITECTURE.md#gone)\n" }, /no heading #gone/],
  ["routes", { "src/api/routes.cpp": '{Method::get, "/healthz", f},\n{Method::delete_, "/api/a/{id}", f},\n' }, /does not mention DELETE \/api\/a\//],
  ["routes", { "src/api/routes.cpp": '{Method::put, "/healthz", f},\n' }, /GET \/healthz is not served/],
  ["dependencies", { "scripts/setup": "build_packages=(g++\n  cmake)\n" }, /no row for cmake/],
  ["dependencies", { "scripts/setup": "build_packages=()\n" }, /nothing asks for g\+\+/],
  ["dependencies", { "web/package.json": '{"dependencies": {"vite": "^8.0.1"}}' }, /not an exact version/],
  ["dependencies", { "web/package.json": '{"dependencies": {"vite": "8.0.2"}}' }, /vite is 8\.0\.2/],
  ["mutants", mutant("return 3;"), /stands 0 times in src\/base\/size\.cpp/],
  ["mutants", mutant("size"), /stands 2 times/],
  ["mutants", mutant("return 1;", "gone_test"), /no test gone_test/],
  ["mutants", { "tests/mutants/size.mutant": "What?\n" }, /says not what it breaks/],
  ["layout", { "src/base/size.cpp": "int  size( ){return 1;}\n" }, /size\.cpp:1: not as \.clang-format says/],
  ["headers", { "src/base/size.h": "#pragma once\n\nstd::string size();\n" }, /does not compile alone/],
  ["clang-tidy", { "src/base/size.cpp": longFunction }, /readability-function-size/],
  ["clang-tidy", { "src/base/forgotten.cpp": "" }, /no CMakeLists\.txt builds it/],
  ["web", { "web/package.json": '{"scripts": {"check": "echo wrong type; false"}}\n' }, /wrong type/],
];

function makeTree(changes) {
  const root = mkdtempSync(join(tmpdir(), "threadkeep-check-"));
  for (const [path, content] of Object.entries({ ...sound(root), ...changes })) {
    if (content === undefined) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(join(root, ".gitignore"), "/build/\n");
  execFileSync("git", ["init", "-q"], { cwd: root });
  return root;
}

async function findingsIn(changes, check) {
  const root = makeTree(changes);
  try {
    return await check.find(new Tree(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

// The findings of the self-test: rules that are not kept.
export async function selfTest(checks) {
  const wrong = [];
  for (const check of checks) {
    if (!cases.some(([name]) => name === check.name)) wrong.push(`${check.name}: no case breaks it`);
    for (const finding of await findingsIn({}, check)) wrong.push(`${check.name}: complains about a sound tree: ${finding}`);
  }
  for (const [name, changes, expected] of cases) {
    const findings = await findingsIn(changes, checks.find((check) => check.name === name));
    if (!findings.some((finding) => expected.test(finding))) {
      wrong.push(`${name}: does not see ${JSON.stringify(changes).slice(0, 100)}, only: ${findings.join("; ") || "nothing"}`);
    }
  }
  return wrong;
}
