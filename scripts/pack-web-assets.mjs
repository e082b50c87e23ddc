// pack-web-assets.mjs DIST OUT: turns the built web client into what the binary is linked from.
// OUT/web_asset_bytes.bin   every file, plain, gzip and brotli, one after the other
// OUT/web_asset_bytes.S     puts those bytes into the read-only data of the binary
// OUT/web_asset_table.cpp   threadkeep::web_assets()
// OUT/web_assets.d          what all this was made from, for the build
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, posix, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const alreadyCompressed = new Set([".ico", ".jpg", ".png", ".webp", ".woff2"]);
// A compressed form that saves less is not worth its place in the binary.
const largestWorthwhileShare = 0.95;

const [distArgument, outArgument] = process.argv.slice(2);
if (!outArgument) fail("usage: pack-web-assets.mjs DIST OUT");
const dist = resolve(distArgument);
const out = resolve(outArgument);

function fail(message) {
  console.error(message);
  process.exit(1);
}

// Sorted by the bytes of the path, as the binary searches them. The folders are listed for the build: their time
// changes when a file comes or goes.
function walk(folder, prefix, files, folders) {
  folders.push(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = posix.join(prefix, entry.name);
    if (entry.isDirectory()) walk(join(folder, entry.name), path, files, folders);
    else if (entry.isFile()) files.push({ path, source: join(folder, entry.name) });
  }
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

// Best compression is slow, so what an earlier run made of the same bytes is taken.
function compressed(bytes, hash, suffix, compress) {
  const kept = join(out, "compressed", `${hash}.${suffix}`);
  keptNames.add(`${hash}.${suffix}`);
  if (existsSync(kept)) return readFileSync(kept);
  const packed = compress(bytes);
  const result = packed.length <= bytes.length * largestWorthwhileShare ? packed : Buffer.alloc(0);
  writeFileSync(kept, result);
  return result;
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
const gzip = (bytes) => gzipSync(bytes, { level: 9 });

if (!existsSync(join(dist, "index.html"))) fail(`${distArgument} holds no built web client: run npm --prefix web run build`);
mkdirSync(join(out, "compressed"), { recursive: true });

const keptNames = new Set();
const folders = [];
const files = walk(dist, "/", [], folders);
const parts = [];
let size = 0;

function place(bytes, etag) {
  if (bytes.length === 0) return "{}";
  const row = `{{threadkeep_web_bytes + ${size}, ${bytes.length}}, "\\"${etag}\\""}`;
  parts.push(bytes);
  size += bytes.length;
  return row;
}

const rows = files.map(({ path, source }) => {
  const extension = extname(path);
  const contentType = contentTypes[extension];
  if (!contentType) fail(`${source}: no content type is known for "${extension}"`);
  if (!/^[\w./@-]+$/.test(path)) fail(`${source}: a name with other characters than letters, digits and ./@-_`);
  const bytes = readFileSync(source);
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  const compressible = !alreadyCompressed.has(extension);
  const gz = compressible ? compressed(bytes, hash, "gz", gzip) : Buffer.alloc(0);
  const br = compressible ? compressed(bytes, hash, "br", brotli) : Buffer.alloc(0);
  // Vite ends the names under assets/ with a hash of the content.
  const isImmutable = /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
  const identity = bytes.length === 0 ? `{"", "\\"${hash}\\""}` : place(bytes, hash);
  return `      {"${path}", "${contentType}", ${identity}, ${place(gz, `${hash}-gz`)}, ${place(br, `${hash}-br`)}, ${isImmutable}},`;
});

for (const name of readdirSync(join(out, "compressed"))) {
  if (!keptNames.has(name)) rmSync(join(out, "compressed", name));
}

writeFileSync(join(out, "web_asset_bytes.bin"), Buffer.concat(parts));
writeFileSync(
  join(out, "web_asset_bytes.S"),
  `  .section .rodata
  .balign 16
  .global threadkeep_web_bytes
  .type threadkeep_web_bytes, %object
threadkeep_web_bytes:
  .incbin "${join(out, "web_asset_bytes.bin")}"
  .size threadkeep_web_bytes, . - threadkeep_web_bytes
  .section .note.GNU-stack, "", %progbits
`,
);
writeFileSync(
  join(out, "web_asset_table.cpp"),
  `#include "app/web_assets/web_assets.h"

extern "C" const char threadkeep_web_bytes[${size}];

namespace threadkeep {

std::span<const WebAsset> web_assets() {
  static constexpr WebAsset assets[] = {
${rows.join("\n")}
  };
  return assets;
}

}  // namespace threadkeep
`,
);
const escaped = (path) => path.replaceAll("$", "$$$$").replaceAll(" ", "\\ ").replaceAll("#", "\\#");
writeFileSync(
  join(out, "web_assets.d"),
  `${escaped(join(out, "web_asset_table.cpp"))}: ${[...folders, ...files.map((file) => file.source)].map(escaped).join(" \\\n  ")}\n`,
);
