// Mutants: small changes of the source that break one promise each, with the test that must fail. A file NAME.mutant is
//
//   What it breaks, in one sentence.
//   source: src/...            test: a name that ctest knows            build: what that test needs, if not a target of its name
//   with: VARIABLE=VALUE ...   (optional: a smaller size that still finds it)
//   --- before                 the text as it stands in the source, exactly once
//   --- after                  what takes its place; more pairs may follow, each for the latest `source:`
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const line = /^(source|test|build|with): (.+)$/;

// Throws with the reason when the text is not of this form.
export function parseMutant(name, text) {
  const mutant = { name, what: "", test: "", build: "", with: {}, edits: [] };
  let source;
  let part; // the array of lines that is being read
  for (const row of text.trimEnd().split("\n")) {
    if (row === "--- before") {
      if (!source) throw new Error(`${name}: no source for an edit`);
      mutant.edits.push({ source, before: [], after: undefined });
      part = mutant.edits.at(-1).before;
    } else if (row === "--- after") {
      if (mutant.edits.at(-1)?.after !== undefined || !part) throw new Error(`${name}: "after" without its "before"`);
      part = mutant.edits.at(-1).after = [];
    } else if (part && !(mutant.edits.at(-1).after && row.startsWith("source: "))) {
      part.push(row);
    } else {
      const [, key, value] = line.exec(row) ?? [];
      if (key === "source") {
        source = value;
        part = undefined;
      } else if (key === "with") mutant.with = Object.fromEntries(value.split(" ").map((pair) => pair.split("=")));
      else if (key) mutant[key] = value;
      else if (row) mutant.what += `${mutant.what && " "}${row}`;
    }
  }
  mutant.build ||= mutant.test;
  if (!mutant.what || !mutant.test || mutant.edits.length === 0) throw new Error(`${name}: says not what it breaks, which test fails, or what is edited`);
  for (const edit of mutant.edits) {
    if (!edit.after) throw new Error(`${name}: "before" without its "after"`);
    edit.before = edit.before.join("\n");
    edit.after = edit.after.join("\n");
  }
  return mutant;
}

export function readMutants(root) {
  const folder = join(root, "tests/mutants");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".mutant"))
    .sort()
    .map((file) => parseMutant(file.slice(0, -".mutant".length), readFileSync(join(folder, file), "utf8")));
}

// Path -> mutated text. `read` gives the text of a source. Throws when the source is another one than the mutant was made for.
export function mutated(mutant, read) {
  const texts = new Map();
  for (const { source, before, after } of mutant.edits) {
    const text = texts.get(source) ?? read(source);
    const places = text.split(before).length - 1;
    if (places !== 1) throw new Error(`${mutant.name}: stands ${places} times in ${source}, not once: ${before.split("\n")[0].trim()}`);
    texts.set(source, text.replace(before, () => after));
  }
  return texts;
}
