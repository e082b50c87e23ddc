import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const root = dirname(fileURLToPath(import.meta.url));
const workerFile = "service-worker.js";

/** Files that few conversations need. The service worker keeps them once they have been asked for. */
const onDemand = /^assets\/(?:KaTeX_|katex-|diagram-)|^diagram\.html$/;

const sharedByMost =
  /node_modules\/react\/|app\/src\/state\/|app\/src\/shortcuts\/(keys|owner)|app\/src\/sidebar\/titles|app\/src\/components\/ui\/(button|classes|copy-button|dialog-look|icon|tooltip)\./;

/** Tells the service worker which files make up this version of the page. */
function pageFiles(): Plugin {
  return {
    name: "page-files",
    enforce: "post",
    generateBundle(_, bundle) {
      const hash = createHash("sha256");
      const files: string[] = [];
      const add = (name: string, bytes: string | Uint8Array) => {
        files.push(name === "index.html" ? "/" : `/${name}`);
        hash.update(name).update(bytes);
      };
      for (const [name, file] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (name !== workerFile && !onDemand.test(name)) add(name, file.type === "chunk" ? file.code : file.source);
      }
      for (const name of readdirSync(join(root, "public")).sort()) add(name, readFileSync(join(root, "public", name)));
      const worker = bundle[workerFile];
      if (worker?.type !== "chunk" || worker.imports.length > 0) throw new Error(`${workerFile} must be one chunk that imports nothing`);
      hash.update(worker.code);
      const version = hash.digest("base64url").slice(0, 12);
      worker.code = worker.code.replace("__PAGE_FILES__", JSON.stringify({ version, files }));
    },
  };
}

/** The styles of KaTeX name each font in three formats; every browser that runs this page takes the first. */
function woff2Only(): Plugin {
  return {
    name: "woff2-only",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("katex.min.css")) return null;
      const short = code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "");
      if (short.includes(".ttf")) throw new Error("the fonts of KaTeX are named in another way than they were");
      return { code: short, map: null };
    },
  };
}

/**
 * The page that draws diagrams, and its one script: Mermaid as it is published. It is no part of the page's own modules, as it makes HTML, and
 * the sandbox that it lives in cannot load modules.
 */
function diagramPage(): Plugin {
  return {
    name: "diagram-page",
    generateBundle() {
      const published = fileURLToPath(new URL("mermaid.min.js", import.meta.resolve("mermaid")));
      const source = `${readFileSync(published, "utf8")}\n${readFileSync(join(root, "src/markdown/diagram-frame.js"), "utf8")}`;
      const script = `assets/diagram-${createHash("sha256").update(source).digest("base64url").slice(0, 8)}.js`;
      this.emitFile({ type: "asset", fileName: script, source });
      const style = "body { margin: 0; overflow: hidden } svg { display: block; margin: auto; max-width: 100% }";
      const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Diagram</title><style>${style}</style><body><script src="/${script}"></script></body></html>\n`;
      this.emitFile({ type: "asset", fileName: "diagram.html", source: page });
    },
  };
}

/** What a new device has to fetch before it can draw the page: the scripts that index.html names, as `gzip -9` leaves them. Fails when it has grown. */
const firstScriptBytesMax = 246_000;

function firstScriptLimit(): Plugin {
  return {
    name: "first-script-limit",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle["index.html"];
      const html = page?.type === "asset" ? String(page.source) : "";
      const named = Object.values(bundle).filter((file) => file.type === "chunk" && html.includes(`/${file.fileName}`));
      const sizes = named.map((file) => ({ name: file.fileName, bytes: gzipSync(file.type === "chunk" ? file.code : "", { level: 9 }).length }));
      const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
      const first = named.find((file) => file.type === "chunk" && file.isEntry);
      if (first?.type !== "chunk" || first.imports.length > 0) throw new Error("the script that draws the last picture waits for no other");
      if (bytes <= firstScriptBytesMax) return;
      const largest = sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 3).map((one) => `${one.name} ${one.bytes}`);
      throw new Error(`the first script has ${bytes} bytes, more than ${firstScriptBytesMax} (${largest.join(", ")}): load parts of the page when they are used`);
    },
  };
}

/** Files that import each other in a circle are run before what they need is there: the page would not begin. */
function noCircles(): Plugin {
  return {
    name: "no-circles",
    generateBundle(_, bundle) {
      const isSound = new Set<string>();
      const follow = (name: string, way: readonly string[]) => {
        if (way.includes(name)) throw new Error(`files of the page import each other: ${[...way.slice(way.indexOf(name)), name].join(" -> ")}`);
        const file = bundle[name];
        if (file?.type !== "chunk" || isSound.has(name)) return;
        for (const one of file.imports) follow(one, [...way, name]);
        isSound.add(name);
      };
      for (const name of Object.keys(bundle)) follow(name, []);
    },
  };
}

/** What the first script loads is fetched beside it. */
function preloadPage(): Plugin {
  return {
    name: "preload-page",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const wanted = new Set<string>();
        const add = (name: string) => {
          const file = bundle[name];
          if (file?.type !== "chunk" || wanted.has(name)) return;
          wanted.add(name);
          file.imports.forEach(add);
        };
        const first = ["src/start.ts", "src/page.tsx"].map((name) => join(root, name));
        for (const file of Object.values(bundle)) if (file.type === "chunk" && first.includes(file.facadeModuleId ?? "")) add(file.fileName);
        // Below the first words, which do not wait for it; the scripts do.
        const styles = /\s*<link rel="stylesheet"[^>]*href="\/assets\/[^>]*>/g;
        const links = html.match(styles) ?? [];
        html = html.replace(styles, "").replace("</body>", `${links.join("").trim()}\n  </body>`);
        const missing = [...wanted].filter((name) => !html.includes(name));
        const tags = missing.map((name) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${name}` }, injectTo: "head" as const }));
        // The first words are drawn once these are here, so they come before the scripts on the line.
        const early = links.map((link) => ({ tag: "link", attrs: { rel: "preload", as: "style", crossorigin: true, href: /href="([^"]*)"/.exec(link)![1] }, injectTo: "head-prepend" as const }));
        return { html, tags: [...early, ...tags] };
      },
    },
  };
}

export default defineConfig({
  root,
  plugins: [react(), tailwindcss(), woff2Only(), diagramPage(), preloadPage(), noCircles(), firstScriptLimit(), pageFiles()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: { index: join(root, "index.html"), "service-worker": join(root, "src/offline/service-worker.ts") },
      output: {
        // One file of what most parts share: on a slow line each request waits for its turn.
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "base", test: sharedByMost }] },
        entryFileNames: ({ name }) => (name === "service-worker" ? workerFile : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8787" } },
});
