// The random operations of web/client/test/server, in the browser: its own IndexedDB, its own fetch, against the real server.
import { root } from "./environment.mjs";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Server } from "../blackbox/server.mjs";
import { chromiumOptions } from "./chromium.mjs";

const runs = Number(process.env.SYNC_BROWSER_RUNS ?? 10);
/** Runs that share a server: their conversations add up on every device. */
const perServer = 5;
const patience = Number(process.env.E2E_PATIENCE ?? 1);

/** The run as one script for a page. */
async function bundled() {
  const require = createRequire(join(root, "web/package.json"));
  const { rolldown } = require("rolldown");
  const bundle = await rolldown({ input: join(root, "web/client/test/server/real-run.ts") });
  const { output } = await bundle.generate({ format: "iife", name: "realRun" });
  await bundle.close();
  return output[0].code.replace(/^var realRun/m, "globalThis.realRun");
}

let browser;
after(async () => browser?.close());

test(`${runs} random runs of three devices over IndexedDB and the real server come together`, { timeout: 600_000 * patience }, async () => {
  browser = await chromium.launch(chromiumOptions);
  const script = await bundled();
  for (let seed = 1; seed <= runs; seed += perServer) {
    const server = await Server.start({ store: "memory:" });
    // An address with nothing of the page in it may fetch nothing by its policy.
    const context = await browser.newContext({ bypassCSP: true });
    try {
      await context.addInitScript(script);
      const page = await context.newPage();
      await page.goto(`${server.base}/favicon.svg`);
      const seeds = Array.from({ length: Math.min(perServer, runs + 1 - seed) }, (_, at) => seed + at);
      const wrong = await page.evaluate(async (all) => {
        for (const one of all) {
          const found = await globalThis.realRun.runAgainst(location.origin, one);
          if (found) return found;
        }
        return null;
      }, seeds);
      assert.equal(wrong, null);
    } finally {
      await context.close();
      await server.stop();
    }
  }
});
