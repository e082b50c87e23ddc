// A checkout as the checks see it: its files, their text, and what they include.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

export class Tree {
  #bytes = new Map();

  // Everything that git tracks or would track, so that a new file is checked before it is added.
  constructor(root) {
    this.root = root;
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      maxBuffer: 1 << 26,
    });
    this.files = [...new Set(listed.toString().split("\0"))].filter((path) => path && this.#isFile(path)).sort();
  }

  #isFile(path) {
    return existsSync(join(this.root, path)) && statSync(join(this.root, path)).isFile();
  }

  matching(pattern) {
    return this.files.filter((path) => pattern.test(path));
  }

  bytes(path) {
    if (!this.#bytes.has(path)) this.#bytes.set(path, readFileSync(join(this.root, path)));
    return this.#bytes.get(path);
  }

  text(path) {
    return this.bytes(path).toString("utf8");
  }

  lines(path) {
    return this.text(path).split("\n");
  }

  has(path) {
    return existsSync(join(this.root, path));
  }

  // [{line, name, isAngle}] of a C++ file.
  includes(path) {
    return this.lines(path).flatMap((text, index) => {
      const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(text);
      return match ? [{ line: index + 1, name: match[2], isAngle: match[1] === "<" }] : [];
    });
  }

  // The file and all files of the checkout that it includes, directly or not.
  withIncluded(path, seen = new Set()) {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const { name, isAngle } of this.includes(path)) {
      if (isAngle) continue;
      const candidates = [posix.join("src", name), posix.join(dirname(path), name)];
      const found = candidates.find((candidate) => this.has(candidate));
      if (found) this.withIncluded(found, seen);
    }
    return seen;
  }

  // Changes when the file, or anything of ours that it includes, or `more` changes.
  fingerprint(path, ...more) {
    const hash = createHash("sha256");
    for (const part of more) hash.update(`${part}\0`);
    for (const included of this.withIncluded(path)) hash.update(`${included}\0`).update(this.bytes(included));
    return hash.digest("hex");
  }
}

// One finding per match of `pattern` (global flag not needed) in the files: "path:line: message".
export function findInLines(tree, files, pattern, message) {
  return files.flatMap((path) =>
    tree.lines(path).flatMap((text, index) => {
      const match = pattern.exec(text);
      return match ? [`${path}:${index + 1}: ${typeof message === "function" ? message(match) : message}`] : [];
    }),
  );
}
