// The mutants of tests/mutants against the source that they change.
import { basename } from "node:path";
import { mutated, parseMutant } from "../../tests/mutants/mutants.mjs";

// Names that ctest knows: of the CMake lists, and those made from the files of Node's test runner.
function testNames(tree) {
  const named = tree.matching(/^tests\/.*CMakeLists\.txt$/).flatMap((path) => [...tree.text(path).matchAll(/threadkeep_test\((\w+)/g)].map(([, name]) => name));
  const scenarios = tree.matching(/^tests\/(blackbox|faults)\/.*\.test\.mjs$/).map((path) => `${path.split("/")[1]}_${basename(path, ".test.mjs")}`);
  return new Set([...named, ...scenarios]);
}

function mutants(tree) {
  const known = testNames(tree);
  return tree.matching(/^tests\/mutants\/.*\.mutant$/).flatMap((path) => {
    try {
      const mutant = parseMutant(path, tree.text(path));
      const missing = mutant.edits.find(({ source }) => !tree.has(source));
      if (missing) return [`${path}: there is no ${missing.source}`];
      mutated(mutant, (source) => tree.text(source));
      return known.has(mutant.test) ? [] : [`${path}: there is no test ${mutant.test}`];
    } catch (error) {
      return [error.message];
    }
  });
}

export const checks = [{ name: "mutants", what: "each mutant still applies to the source, and its test exists", find: mutants }];
