// The runner of the browser tests: what fails once is flaky, and said so; what fails twice fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const runner = fileURLToPath(new URL("run.mjs", import.meta.url));

/** Runs a file with these tests; `fails once` remembers in a file that it has failed. */
function runOf(tests) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-runner-"));
  const mark = JSON.stringify(join(folder, "mark"));
  const bodies = {
    passes: "",
    "fails (once) at 50 %": `if (!existsSync(${mark})) { writeFileSync(${mark}, ""); throw new Error("once"); }`,
    "fails always": `throw new Error("always");`,
  };
  const file = join(folder, "some.test.mjs");
  const lines = tests.map((name) => `test(${JSON.stringify(name)}, () => { console.log("ran: ${name}"); ${bodies[name]} });`);
  writeFileSync(file, ['import { existsSync, writeFileSync } from "node:fs";', 'import { test } from "node:test";', ...lines].join("\n"));
  try {
    const { status, stdout } = spawnSync(process.execPath, [runner, file], { encoding: "utf8" });
    return { status, stdout, times: (name) => stdout.split(`ran: ${name}\n`).length - 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("what passes is run once", () => {
  const { status, stdout, times } = runOf(["passes"]);
  assert.equal(status, 0, stdout);
  assert.equal(times("passes"), 1);
  assert.doesNotMatch(stdout, /^flaky/m);
});

test("what fails once is run once more, alone, and listed as flaky", () => {
  const { status, stdout, times } = runOf(["passes", "fails (once) at 50 %"]);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^flaky: fails \(once\) at 50 %$/m);
  assert.match(stdout, /^not ok \d+ - fails \(once\) at 50 %$/m);
  assert.deepEqual([times("passes"), times("fails (once) at 50 %")], [1, 2]);
});

test("what fails twice fails the run, whatever else was flaky", () => {
  const { status, stdout } = runOf(["fails (once) at 50 %", "fails always"]);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^failed twice: fails always$/m);
  assert.match(stdout, /^flaky: fails \(once\) at 50 %$/m);
});
