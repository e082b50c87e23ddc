// run [FILE...]: the browser tests, all files of this folder unless some are named. What fails is run once more, by itself: what passes then is
// listed as flaky, by its name, and what fails twice fails the run. Nothing is hidden: both runs print all they have to say.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** When more fail than this, it is not the machine: running them again only takes time. */
const failuresMax = 8;

const folder = dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(folder).filter((name) => name.endsWith(".test.mjs")).sort().map((name) => join(folder, name));

/** Prints what the tests print. Answers the names of those that passed and failed, and whether the runner itself did well. */
async function run(options, env = {}) {
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap", ...options, ...files], { stdio: ["ignore", "pipe", "inherit"], env: withoutRunner({ ...process.env, ...env }) });
  const passed = new Set();
  const failed = new Set();
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const [, not, name, directive] = /^(not )?ok \d+ - (.*?)(?: # ([A-Z]+)\b.*)?$/.exec(line) ?? [];
    if (name !== undefined && !directive) (not ? failed : passed).add(name.replace(/\\([#\\])/g, "$1"));
  }
  const code = child.exitCode ?? (await new Promise((done) => child.once("exit", done)));
  return { passed, failed: [...failed], isWell: code === 0 };
}

/** A test of this script is itself run by the runner, which tells its children so. */
function withoutRunner({ NODE_TEST_CONTEXT: _, ...env }) {
  return env;
}

const exactly = (name) => `--test-name-pattern=^${name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`;

const first = await run(["--test-concurrency=2"]);
// A file that does not even load is no test with a name.
const isFile = first.failed.some((name) => name.endsWith(".mjs"));
if (first.isWell) process.exit(0);
if (first.failed.length === 0 || first.failed.length > failuresMax || isFile) process.exit(1);

console.log(`# once more: ${first.failed.length} of them`);
const second = await run(["--test-concurrency=1", ...first.failed.map(exactly)], { E2E_AGAIN: "1" });
// Flaky is only what was seen to pass.
const isFlaky = (name) => second.passed.has(name) && !second.failed.includes(name);
for (const name of first.failed) console.log(`${isFlaky(name) ? "flaky" : "failed twice"}: ${name}`);
process.exit(second.isWell && first.failed.every(isFlaky) ? 0 : 1);
