// Runs a scenario: a server of its own, a browser, a page that is watched, and what is left behind when it fails.
import { failures } from "./environment.mjs";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { readEvents, Server, textBlock, ulid } from "../blackbox/server.mjs";
import { chromiumOptions } from "./chromium.mjs";
import { Page } from "./page.mjs";
import { Vendor } from "./vendor.mjs";

/** One step of a scenario may take this long: others may be using the machine. E2E_PATIENCE=3 triples it for a very busy one. */
const patience = Number(process.env.E2E_PATIENCE ?? 1);
const stepMs = 30_000 * patience;
const scenarioMs = 120_000 * patience;

let browser;
/** One browser with a new user data folder per test file; each window is a context that shares nothing with others. */
async function theBrowser() {
  browser ??= chromium.launch(chromiumOptions);
  return browser;
}
after(async () => (await browser)?.close());

/** A new server and a page per scenario. `options`: window (of the browser's context), env (begins what the server needs and returns variables for it), vendor (true, or their names: with models beside the built-in one). */
export function scenario(name, options, run) {
  test(name, { timeout: scenarioMs + 30_000 }, async () => {
    const stage = new Stage(options);
    stage.clearTraces(name);
    try {
      await stage.begin();
      await within(scenarioMs, name, run(stage));
      stage.assertQuiet();
    } catch (error) {
      await stage.keepTraces(name);
      throw error;
    } finally {
      await stage.end();
    }
  });
}

/** What a scenario plays on. */
class Stage {
  /** Everything the browser had to say, and what of it must not happen. */
  log = [];
  complaints = [];
  #allowed = [];
  #contexts = [];
  #endings = [];
  #isFailed = false;

  constructor(options) {
    this.options = options;
  }

  async begin() {
    this.folder = mkdtempSync(join(tmpdir(), "threadkeep-e2e-"));
    const { vendor } = this.options;
    if (vendor) this.vendor = await Vendor.start(vendor === true ? undefined : vendor);
    this.env = { ...this.vendor?.env, ...(await this.options.env?.(this)) };
    this.server = await Server.start({ folder: this.folder, env: this.env });
    this.base = this.server.base;
    this.page = await this.newWindow();
  }

  /** A page in a context of its own: other storage, other history. Answers our Page; `.raw` is the browser's. */
  async newWindow(options = {}) {
    const context = await (await theBrowser()).newContext({
      viewport: { width: 1440, height: 900 },
      locale: "en-GB",
      permissions: ["clipboard-read", "clipboard-write"],
      // Requests that a scenario looks at or holds must be the page's own. Scenarios about the worker allow it.
      serviceWorkers: "block",
      ...this.options.window,
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(stepMs);
    await context.addInitScript(reportViolations);
    context.on("console", (message) => this.#heard(message.type(), `${message.text()} (${message.location().url})`, message.type() === "error"));
    context.on("weberror", (error) => this.#heard("page error", error.error().stack ?? String(error.error()), true));
    context.on("dialog", (dialog) => {
      this.#heard("dialog", dialog.message(), true);
      void dialog.dismiss();
    });
    context.on("request", (request) => {
      const isOwn = request.url().startsWith(`${this.base}/`) || /^(data|blob):/.test(request.url());
      this.#heard("request", `${request.method()} ${request.url()}`, !isOwn);
    });
    return this.newTab(context);
  }

  /** A further page in the same context, as a person's second tab. */
  async newTab(context = this.page.raw.context()) {
    return new Page(await context.newPage(), this);
  }

  #heard(kind, text, isBad) {
    const line = `${kind}: ${text}`;
    this.log.push(line);
    if (isBad && !this.#allowed.some((pattern) => pattern.test(line))) this.complaints.push(line);
  }

  /** Called when the scenario is over, however it ended. */
  atEnd(ending) {
    this.#endings.push(ending);
  }

  /** From now on the browser may say this: the scenario makes it happen itself. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** What the browser says about every request while no server answers. */
  allowServerAway() {
    this.allow(/^error: Failed to load resource: net::ERR_(CONNECTION_\w+|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED) /);
  }

  assertQuiet() {
    assert.deepEqual(this.complaints, [], "the browser complained");
  }

  /** The requests to the server so far whose line fits. */
  requests(pattern) {
    return this.log.filter((line) => line.startsWith("request: ") && pattern.test(line));
  }

  /** Ends the server as a power cut would. */
  async killServer() {
    await this.server.kill();
  }

  async stopServer() {
    await this.server.stop();
  }

  /** Starts the server again, on the same port and file. */
  async startServerAgain() {
    const port = this.server.port;
    // A test may have changed its vendor's since.
    this.server = await Server.start({ folder: this.folder, port, env: { ...this.env, ...this.vendor?.env } });
  }

  /** Calls the API; answers the body, and fails on a status of 400 or more. */
  async api(method, path, body) {
    const answer = await this.server.call(method, path, body);
    assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** What an earlier run has left behind. */
  clearTraces(name) {
    const file = traceOf(name);
    for (const trace of [`${file}.log`, ...[1, 2, 3].map((index) => `${file}-${index}.png`)]) rmSync(trace, { force: true });
  }

  async keepTraces(name) {
    this.#isFailed = true;
    mkdirSync(failures, { recursive: true });
    const file = traceOf(name);
    writeFileSync(`${file}.log`, [...this.log, "", "Complaints:", ...this.complaints, "", "Server:", this.server?.errors ?? ""].join("\n"));
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      await page.screenshot({ path: `${file}-${index + 1}.png`, timeout: 10_000 }).catch(() => {});
    }
  }

  async end() {
    for (const context of this.#contexts) await context.close().catch(() => {});
    for (const ending of this.#endings) await ending();
    try {
      await this.server?.stop();
    } catch (error) {
      if (!this.#isFailed) throw error;
    } finally {
      await this.vendor?.stop();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

/** What the first failure left behind stays there when the scenario is run once more. */
const traceOf = (name) => join(failures, name.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 80) + (process.env.E2E_AGAIN ? "-again" : ""));

/** Runs in every page before its own scripts. */
function reportViolations() {
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`),
  );
}

async function within(ms, name, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${name}" took longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `check` until its answer is truthy, and gives that; fails with `what` and the last answer after a while. */
export async function eventually(what, check, ms = stepMs) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (Date.now() > end) assert.fail(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

export { readEvents, textBlock, ulid };

/** Conversations with one message each, the first title the newest; answers their ids. */
export async function conversations(stage, titles) {
  const ids = [];
  for (const title of titles.toReversed()) {
    const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(`About ${title}`) });
    ids.unshift(id);
  }
  return ids;
}
