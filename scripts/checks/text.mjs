// What can be seen in the text of a file: length, things switched off or left for later, traces of a machine.
import { findInLines } from "./tree.mjs";

const linesMax = 800;
const bytesMax = 1_000_000;
const source = /\.(cpp|h|S|ts|tsx|js|mjs|css|html|sql|cmake|sh|md|yml|yaml|toml|json)$|^(Makefile|scripts\/[\w-]+|\.ci\/\w+)$/;
const written = /\.(cpp|h|ts|tsx|js|mjs|css|sql|cmake|sh)$|^(scripts|bench)\/[\w/-]+$/;
const generated = /(^|\/)package-lock\.json$/;
// These files name what they look for.
const own = /^scripts\/checks\//;
const sampleData = /(^|\/)(fixtures|samples?|corpus)\//;

function fileSizes(tree) {
  const long = tree
    .matching(written)
    .filter((path) => !sampleData.test(path))
    .map((path) => ({ path, lines: tree.lines(path).length - 1 }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${linesMax}`);
  const large = tree.files
    .filter((path) => tree.bytes(path).length > bytesMax)
    .map((path) => `${path}: ${tree.bytes(path).length} bytes, more than ${bytesMax}`);
  const binary = tree.matching(source).filter((path) => tree.bytes(path).includes(0)).map((path) => `${path}: holds a NUL byte`);
  return [...long, ...large, ...binary];
}

function disabledTests(tree) {
  const cpp = tree.matching(/\.(cpp|h)$/);
  const script = tree.matching(/\.(ts|tsx|js|mjs)$/).filter((path) => !own.test(path));
  return [
    ...findInLines(tree, cpp, /\bDISABLED_\w*/, (match) => `${match[0]}: a disabled test`),
    ...findInLines(tree, cpp, /\bGTEST_SKIP\(\)\s*(;|<<\s*"\s*"|$)/, "GTEST_SKIP without a reason"),
    ...findInLines(tree, script, /\b(?:it|test|describe|suite)\.(?:\w+\.)*(?:skip|only|todo|fails)\b\s*\(/, (match) => `${match[0]}: a test switched off`),
    ...findInLines(tree, script, /\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/, (match) => `${match[0]}: a test switched off`),
    ...findInLines(tree, tree.matching(/(^|\/)CMakeLists\.txt$/), /^\s*#\s*(?:threadkeep_test|add_test)\s*\(|\bDISABLED\s+(?:TRUE|ON|1)\b/i, "a test switched off"),
  ];
}

function unfinished(tree) {
  const files = tree.matching(source).filter((path) => !own.test(path) && !generated.test(path) && !sampleData.test(path));
  return [
    ...findInLines(tree, files, /\b(?:TODO|FIXME|XXX|HACK)\b/, (match) => `${match[0]}: finish it, or write it down as a limit`),
    ...findInLines(tree, files, /^(?:<{7} |>{7} |={7}$)/, "a merge that was not finished"),
  ];
}

function machineTraces(tree) {
  const locks = tree.matching(generated);
  const texts = tree.matching(source).filter((path) => !own.test(path) && !sampleData.test(path));
  const home = /(?:^|[\s"'`=(:,])(?:\/(?:home|Users)\/\w+\/|\/root\/|\/work\/)/;
  return [
    ...findInLines(tree, locks, /"resolved": *"[a-z]+:\/\//, "an address of a registry (npm: omit-lockfile-registry-resolved)"),
    ...findInLines(tree, tree.matching(/(^|\/)\.npmrc$/), /registry *=|_auth/, "a registry belongs into the user's own configuration"),
    ...findInLines(tree, texts.filter((path) => !generated.test(path)), home, "a path of one machine"),
  ];
}

/** Keys of vendors and of machines have a form of their own, and letters of both kinds with digits; made-up ones in tests have words. */
const keys = [
  /\b(?:sk|pk|rk)-(?:proj-|ant-[a-z]+\d+-|or-v1-)?(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}/,
  /\bsk-or-v1-[0-9a-f]{64}\b/,
  /\bAIza(?=[\w-]*\d)[\w-]{35}\b/,
  /\b(?:gsk|xai|hf|ghp|gho|glpat|r8)[_-](?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])\w{30,}\b/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
];

function keyTexts(tree) {
  const files = tree.matching(source).filter((path) => !own.test(path));
  return keys.flatMap((form) => findInLines(tree, files, form, "what looks like a key: write no key down, and take back one that was"));
}

export const checks = [
  { name: "file-sizes", what: `no file over ${linesMax} lines or ${bytesMax} bytes, no NUL in text`, find: fileSizes },
  { name: "disabled-tests", what: "no test is switched off", find: disabledTests },
  { name: "unfinished", what: "nothing is marked as left for later", find: unfinished },
  { name: "machine-traces", what: "no registry addresses, no paths of one machine", find: machineTraces },
  { name: "keys", what: "nothing that looks like a key of a vendor or a machine", find: keyTexts },
];
