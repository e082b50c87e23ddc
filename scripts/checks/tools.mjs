// Checks that run another program, and remember by content what it already passed.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";

const jobs = Number(process.env.THREADKEEP_JOBS) || availableParallelism();

function run(command, args, cwd) {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ failed: Boolean(error), missing: error?.code === "ENOENT", stdout, stderr }),
    );
  });
}

async function inParallel(items, work) {
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results.flat();
}

// Runs `work` unless the same fingerprint passed before. Only what passed is remembered.
async function unlessPassed(tree, kind, fingerprint, work) {
  const folder = join(tree.root, "build/check-passed", kind);
  const mark = join(folder, fingerprint);
  if (existsSync(mark)) return [];
  const findings = await work();
  if (findings.length === 0) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(mark, "");
  }
  return findings;
}

const relativeLines = (tree, text) => text.replaceAll(`${tree.root}/`, "").split("\n").filter((line) => line.trim() !== "");

async function layout(tree) {
  const files = tree.matching(/^(src|tests|bench|fuzz)\/.*\.(cpp|h)$/);
  if (files.length === 0) return [];
  const { failed, missing, stderr } = await run("clang-format-14", ["--dry-run", "-Werror", ...files], tree.root);
  if (missing) return ["clang-format-14 is not installed"];
  if (!failed) return [];
  const places = relativeLines(tree, stderr).filter((line) => line.includes("error:"));
  // One finding a file: where it begins, and how many more there are.
  const perFile = new Map();
  for (const [file, line] of places.map((place) => place.split(":"))) perFile.set(file, [...(perFile.get(file) ?? []), line]);
  return [...perFile].map(([file, lines]) => `${file}:${lines[0]}: not as .clang-format says, in ${lines.length} places (make format)`);
}

// file -> its compile command, from build/check, which is only configured, never built.
function compileCommands(tree) {
  const database = join(tree.root, "build/check/compile_commands.json");
  if (!existsSync(database)) throw new Error("build/check could not be configured");
  return new Map(JSON.parse(readFileSync(database, "utf8")).map(({ file, command }) => [relative(tree.root, file), command]));
}

async function lint(tree) {
  const commands = compileCommands(tree);
  // The folder of the largest library first, so that its files do not run alone at the end.
  const files = tree.matching(/^src\/.*\.cpp$/).sort((a, b) => b.startsWith("src/http/") - a.startsWith("src/http/"));
  const config = tree.has(".clang-tidy") ? tree.text(".clang-tidy") : "";
  return inParallel(files, (file) => {
    const command = commands.get(file);
    if (command === undefined) return isOptional(file) ? [] : [`${file}: no CMakeLists.txt builds it`];
    const fingerprint = tree.fingerprint(file, "clang-tidy-14", config, command.replaceAll(tree.root, ""));
    return unlessPassed(tree, "clang-tidy", fingerprint, async () => {
      const { failed, missing, stdout, stderr } = await run("clang-tidy-14", ["-p", "build/check", "--quiet", file], tree.root);
      if (missing) return ["clang-tidy-14 is not installed"];
      const findings = relativeLines(tree, stdout).filter((line) => /^\S+:\d+:\d+: (error|warning):/.test(line));
      return failed && findings.length === 0 ? relativeLines(tree, stderr).slice(0, 5) : findings;
    });
  }).then((findings) => [...new Set(findings)]);
}

// Built only with the option that names its library.
const isOptional = (file) => file.startsWith("src/store/postgres/");

async function headersAlone(tree) {
  const headers = tree.matching(/^src\/.*\.h$/).filter((file) => !isOptional(file));
  return inParallel(headers, (file) =>
    unlessPassed(tree, "header", tree.fingerprint(file, "g++ c++20"), async () => {
      const { failed, missing, stderr } = await run("g++", ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Isrc", "-include", file, "-x", "c++", "/dev/null"], tree.root);
      if (missing) return ["g++ is not installed"];
      const first = relativeLines(tree, stderr).find((line) => /error|warning/.test(line));
      return failed || first ? [`${file}: does not compile alone: ${first ?? "unknown reason"}`] : [];
    }),
  );
}

async function web(tree) {
  if (!tree.has("web/package.json")) return [];
  const { failed, stdout, stderr } = await run("npm", ["--prefix", "web", "run", "--silent", "check"], tree.root);
  return failed ? relativeLines(tree, stdout + stderr).slice(0, 60) : [];
}

export const checks = [
  { name: "layout", what: "clang-format 14", find: layout },
  { name: "headers", what: "each header compiles alone", find: headersAlone },
  { name: "web", what: "npm run check in web/", find: web },
  { name: "clang-tidy", what: "clang-tidy 14 over src/", find: lint },
];
