// The page without the server: it opens at any address, keeps nothing of the API, and changes only when it is asked to.
import assert from "node:assert/strict";
import { eventually, scenario, ulid } from "./harness.mjs";
import { Relay } from "./relay.mjs";

const withWorker = { window: { serviceWorkers: "allow" } };

/** The page's files are on the device, and the worker gives them out. */
async function kept(page) {
  await page.raw.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    return registration.active.state;
  });
}

scenario("opened once, the page opens without the server at any of its addresses", withWorker, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.composer.waitFor();
  await kept(page);
  stage.allowServerAway();
  await stage.stopServer();
  for (const path of ["/", `/?chat=${ulid()}`, "/somewhere/else"]) {
    await page.go(path);
    await page.raw.getByRole("complementary").waitFor();
    await page.raw.getByRole("heading", { level: 1 }).waitFor();
  }
  await page.go();
  await page.composer.waitFor();
  // Parts that are loaded when they are first used are on the device too.
  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  const missing = await page.raw.evaluate(async () => {
    const names = await caches.keys();
    const held = (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat();
    const wanted = [...document.querySelectorAll("script[src], link[href]")].map((element) => new URL(element.src ?? element.href).pathname);
    return wanted.filter((path) => !held.includes(path));
  });
  assert.deepEqual(missing, []);
});

scenario("nothing of the API is kept by the worker", withWorker, async (stage) => {
  const { page } = stage;
  await page.go();
  await kept(page);
  await page.raw.reload();
  await page.ask("Count the words: one two three");
  await page.answered();
  const held = await page.raw.evaluate(async () => {
    const names = await caches.keys();
    return (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat();
  });
  assert.ok(held.length > 5, held.join());
  assert.deepEqual(held.filter((path) => /^\/(api|healthz|readyz|metrics|openapi)/.test(path)), []);
});

scenario("a new version is a note, and comes when it is asked for; other tabs go on and are told", withWorker, async (stage) => {
  const { page } = stage;
  const relay = await Relay.start(stage.server);
  stage.atEnd(() => relay.stop());
  stage.base = relay.base;
  await page.go();
  await page.composer.waitFor();
  await kept(page);
  const other = await stage.newTab();
  await other.go();
  await other.composer.fill("Half a sentence");
  // The next version: the same page under a worker whose bytes differ.
  relay.change("/service-worker.js", (text) => text.replace(`"version":"`, `"version":"next-`));
  await page.raw.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const note = page.status.getByRole("button", { name: /A new version is ready\./ });
  await note.waitFor();
  assert.equal(await page.raw.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state), "installed", "it waits");
  await page.raw.evaluate(() => (window.isThisVersion = true));
  await note.click();
  await eventually("the page was loaded again", () => page.raw.evaluate(() => window.isThisVersion === undefined).catch(() => false));
  await page.composer.waitFor();
  await eventually("the note is gone", async () => (await note.count()) === 0);
  await other.status.getByRole("button", { name: /A new version is ready\./ }).waitFor();
  assert.equal(await other.composer.inputValue(), "Half a sentence");
  const caches = await page.raw.evaluate(async () => (await window.caches.keys()).length);
  assert.equal(caches, 2, "this version, and the one before it for the other tab");
});

scenario("it can be installed", withWorker, async (stage) => {
  const { page } = stage;
  await page.go();
  await kept(page);
  const session = await page.raw.context().newCDPSession(page.raw);
  const { errors, data } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.start_url, "/");
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
  for (const { src, type, sizes } of manifest.icons) {
    const response = await stage.server.request?.("GET", src) ?? (await fetch(stage.base + src));
    assert.equal(response.status, 200, src);
    assert.equal(response.headers.get("content-type"), type);
    if (type === "image/png") {
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
    }
  }
});

scenario("the content policy lets the worker's address become a script, and no other", withWorker, async (stage) => {
  const { page } = stage;
  stage.allow(/content policy|Content Security Policy|Trusted/i);
  await page.go();
  await kept(page);
  const tried = await page.raw.evaluate(async () => {
    await new Promise((done) => setTimeout(done));
    const attempt = async (run) => {
      try {
        await run();
        return "done";
      } catch {
        return "refused";
      }
    };
    return {
      plain: await attempt(() => navigator.serviceWorker.register("/service-worker.js?other")),
      policy: await attempt(() => trustedTypes.createPolicy("other", { createScriptURL: (url) => url })),
      again: await attempt(() => trustedTypes.createPolicy("threadkeep-worker", { createScriptURL: (url) => url })),
    };
  });
  assert.deepEqual(tried, { plain: "refused", policy: "refused", again: "refused" });
});
