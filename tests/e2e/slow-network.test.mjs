// A new device on a slow line: 50 kB/s, and 400 ms until an answer begins.
import assert from "node:assert/strict";
import { scenario, textBlock, ulid } from "./harness.mjs";

const line = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const textMsMax = 2_000;
const wordsMsMax = 6_000;
/** The page with all that one does in it; its script alone is 4 s of such a line. */
const pageMsMax = 10_000;
const others = 150;

/** Many conversations, and the newest one of them, that the address names. */
async function history(stage) {
  const words = "Some words that were said on a longer day than this one. ".repeat(8);
  for (let index = 0; index < others; index += 1) {
    const messages = [0, 1, 2, 3].map((at) => ({ id: ulid(), role: at % 2 ? "assistant" : "user", content: textBlock(`${at} ${words}`) }));
    await stage.api("PUT", `/api/conversations/${ulid()}`, { title: `Conversation ${index}`, messages });
  }
  const id = ulid();
  const messages = [0, 1].map((at) => ({ id: ulid(), role: at % 2 ? "assistant" : "user", content: textBlock(at ? "Here it is." : "Where is it?") }));
  await stage.api("PUT", `/api/conversations/${id}`, { title: "The newest", messages });
  return id;
}

scenario("on a new device at 50 kB/s and 400 ms there is text within 2 s, and the newest conversation within 6 s", {}, async (stage) => {
  const { page } = stage;
  const id = await history(stage);
  const session = await page.raw.context().newCDPSession(page.raw);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", line);
  await page.raw.addInitScript(() => {
    window.seen = {};
    const look = () => {
      const at = performance.now();
      if (document.body?.innerText.includes("Here it is.")) window.seen.words ??= at;
      if (document.querySelector("[data-message] .prose")?.textContent.includes("Here it is.")) window.seen.message ??= at;
      if (!window.seen.message) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    new PerformanceObserver((list) => (window.seen.text ??= list.getEntriesByName("first-contentful-paint")[0]?.startTime)).observe({ type: "paint", buffered: true });
  });
  const began = performance.now();
  const bytes = [];
  page.raw.on("response", async (response) => {
    const size = (await response.request().sizes().catch(() => null))?.responseBodySize;
    bytes.push(`${((performance.now() - began) / 1000).toFixed(1)} s ${size} ${response.url().replace(stage.base, "").slice(0, 90)}`);
  });
  await page.raw.goto(`${stage.base}/?chat=${id}`, { waitUntil: "commit" });
  await page.answers.getByText("Here it is.").waitFor();
  const seen = await page.raw.evaluate(() => window.seen);
  console.log(`# text ${seen.text?.toFixed(0)} ms, the newest conversation ${seen.words?.toFixed(0)} ms, the page ${seen.message?.toFixed(0)} ms`);
  if (process.env.E2E_VERBOSE) console.log(bytes.map((one) => `# ${one}`).join("\n"));
  assert.ok(seen.text <= textMsMax, `text after ${seen.text} ms`);
  assert.ok(seen.words <= wordsMsMax, `the newest conversation after ${seen.words} ms`);
  assert.ok(seen.message <= pageMsMax, `the page after ${seen.message} ms`);
  // What was there early is not taken away again before the page is there.
  assert.equal(await page.raw.locator("[data-early]").count(), 0);
  assert.equal(await page.answers.count(), 1);
});
