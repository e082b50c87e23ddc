// main.mjs ROOT [NAME...]: runs the checks over ROOT, all or the named ones. `--self-test` runs them over broken trees.
import { checks as circles } from "./circles.mjs";
import { checks as documents } from "./documents.mjs";
import { checks as includes } from "./includes.mjs";
import { checks as mutants } from "./mutants.mjs";
import { selfTest } from "./self-test.mjs";
import { checks as text } from "./text.mjs";
import { checks as tools } from "./tools.mjs";
import { Tree } from "./tree.mjs";

const checks = [...includes, ...circles, ...text, ...documents, ...mutants, ...tools];
const [root, ...names] = process.argv.slice(2);

const unknown = names.find((name) => name !== "--self-test" && !checks.some((check) => check.name === name));
if (!root || unknown) {
  console.error(unknown ? `unknown check '${unknown}'; there are:` : "usage: main.mjs ROOT [NAME...]");
  for (const { name, what } of checks) console.error(`  ${name.padEnd(16)}${what}`);
  process.exit(2);
}

async function report(name, find) {
  const begin = Date.now();
  const findings = await find().catch((error) => [String(error.message ?? error)]);
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  console.log(findings.length === 0 ? `ok      ${name} (${seconds} s)` : `FAILED  ${name}: ${findings.length} findings`);
  for (const finding of findings) console.log(`        ${finding}`);
  return findings.length === 0;
}

const onlySelfTest = names.length === 1 && names[0] === "--self-test";
const chosen = onlySelfTest ? [] : checks.filter(({ name }) => names.length === 0 || names.includes(name));
let passed = 0;
let failed = 0;
const count = (isOk) => (isOk ? ++passed : ++failed);

if (names.length === 0 || names.includes("--self-test")) count(await report("self-test", () => selfTest(checks)));
const tree = new Tree(root);
for (const { name, find } of chosen) count(await report(name, async () => find(tree)));
console.log(`checks: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
