// run.mjs ROOT [NAME...]: applies each mutant to a copy of the checkout, builds what its test needs, and expects that to fail. Tests
// are first run on the sound source, so that one that fails anyway kills nothing. Ends with 1 when a mutant survives.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mutated, readMutants } from "./mutants.mjs";

const [root, ...names] = process.argv.slice(2);
const tree = join(root, "build/mutants/tree");
const testFailed = 8; // of ctest

// Only what differs is written, so that little is built again.
function put(path, bytes) {
  const target = join(tree, path);
  if (existsSync(target) && readFileSync(target).equals(bytes)) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes, { mode: statSync(join(root, path)).mode });
}

function copyTree() {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  for (const path of list.split("\0").filter(Boolean)) if (existsSync(join(root, path))) put(path, readFileSync(join(root, path)));
}

const build = (targets) => spawnSync("scripts/build", ["dev", ...targets.split(" ")], { cwd: tree, encoding: "utf8" });

// "passed", "failed", or why it could not be run.
function run(mutant) {
  const { status, stdout } = spawnSync("ctest", ["--test-dir", "build/dev", "-R", `^${mutant.test}$`, "--no-tests=error", "--timeout", "900"], {
    cwd: tree,
    encoding: "utf8",
    env: { ...process.env, ...mutant.with },
  });
  if (status === 0) return "passed";
  return status === testFailed ? "failed" : `ctest: ${stdout.trim().split("\n").at(-1)}`;
}

function judge(mutant) {
  const texts = mutated(mutant, (path) => readFileSync(join(root, path), "utf8"));
  for (const [path, text] of texts) put(path, Buffer.from(text));
  try {
    const built = build(mutant.build);
    if (built.status !== 0) return `does not compile: ${built.stderr.trim().split("\n")[0]}`;
    const result = run(mutant);
    return result === "failed" ? "killed" : result === "passed" ? "SURVIVED" : result;
  } finally {
    for (const path of texts.keys()) put(path, readFileSync(join(root, path)));
  }
}

const all = readMutants(root);
const unknown = names.find((name) => !all.some((mutant) => mutant.name === name));
if (!root || unknown) {
  console.error(unknown ? `there is no mutant '${unknown}'` : "usage: run.mjs ROOT [NAME...]");
  process.exit(2);
}
const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name));
copyTree();

const sound = new Map();
let left = 0;
for (const mutant of chosen) {
  const begin = Date.now();
  const key = JSON.stringify([mutant.test, mutant.with]);
  if (!sound.has(key)) {
    const built = build(mutant.build);
    sound.set(key, built.status === 0 ? run(mutant) : `does not compile: ${built.stderr}`);
  }
  const verdict = sound.get(key) === "passed" ? judge(mutant) : `the test does not pass on the sound source: ${sound.get(key)}`;
  if (verdict !== "killed") left += 1;
  console.log(`${verdict === "killed" ? "killed  " : "FAILED  "}${mutant.name} by ${mutant.test} (${Math.round((Date.now() - begin) / 1000)} s)${verdict === "killed" ? "" : `: ${verdict}`}`);
}
console.log(`mutants: ${chosen.length - left} killed, ${left} not`);
process.exit(left === 0 ? 0 : 1);
