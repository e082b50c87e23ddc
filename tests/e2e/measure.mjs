// measure [CONVERSATIONS] [MESSAGES-OF-THE-LONG-ONE]: what the page costs a browser with much on the device. Prints the table
// of docs/sync.md. Work of the main thread is processor time (CDP: TaskDuration), so that others on the machine do not count; the rest is
// the page's own clock, on which they do.
import { root } from "./environment.mjs";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Server } from "../blackbox/server.mjs";
import { chromiumOptions } from "./chromium.mjs";
import { chatgptConversation } from "./exports.mjs";
import { Vendor } from "./vendor.mjs";

const [conversationCount = 10_000, longCount = 10_000] = process.argv.slice(2).map(Number);
const messagesEach = 10;
const openings = 7;
const keys = 60;
const pieces = 200;
const patienceMs = 1_800_000;

const words = "the rain had stopped before anyone thought of closing the window and the paper on the desk was wet".split(" ");
const sentence = (seed, length) => Array.from({ length }, (_, at) => words[(seed * 7 + at * 3) % words.length]).join(" ");

async function fill(server) {
  const now = Math.floor(Date.now() / 1000);
  const many = Array.from({ length: conversationCount }, (_, at) =>
    chatgptConversation({ title: `${sentence(at, 4)} ${at}`, time: now - 3600 - at * 60, texts: Array.from({ length: messagesEach }, (_, turn) => sentence(at + turn, 25)) }),
  );
  for (let at = 0; at < many.length; at += 1000) await importing(server, many.slice(at, at + 1000));
  await importing(server, [chatgptConversation({ title: "The long one", time: now - longCount - 60, texts: Array.from({ length: longCount }, (_, turn) => `No. ${turn}: ${sentence(turn, 20)}`) })]);
  const { conversations } = (await server.call("GET", "/api/conversations?limit=5")).body;
  return conversations.find(({ title }) => title === "The long one").id;
}

async function importing(server, conversations) {
  const { status, text } = await server.call("POST", "/api/import?name=measure.json", JSON.stringify(conversations));
  if (status !== 200) throw new Error(`import: ${status} ${text}`);
}

/** When the last picture, and then the list and the messages themselves, were painted, in ms after the navigation began. */
function watchFirstPaint() {
  const seen = (window.seen = {});
  const look = () => {
    const wanted = [["picture", "[data-picture] article"], ["list", "[data-conversation]:not([data-picture] *)"], ["message", "article:not([data-picture] *)"]];
    for (const [name, selector] of wanted) {
      if (!(name in seen) && document.querySelector(selector)) {
        seen[name] = 0;
        // The frame after this one has it on the screen.
        requestAnimationFrame(() => setTimeout(() => (seen[name] = performance.now())));
      }
    }
    if (!("list" in seen) || !("message" in seen)) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const row = (what, value) => console.log(`| ${what} | ${value} |`);

async function taskMs(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
}

/** Until all messages are on the device, and in its index. */
async function wholeCopy(page) {
  const isWhole = () =>
    page.evaluate(
      () =>
        new Promise((done, fail) => {
          const opening = indexedDB.open("threadkeep");
          opening.onerror = () => fail(opening.error);
          opening.onsuccess = () => {
            const transaction = opening.result.transaction(["state", "textQueue"]);
            const [state, waiting] = [transaction.objectStore("state").get("sync"), transaction.objectStore("textQueue").count()];
            transaction.oncomplete = () => {
              opening.result.close();
              done(typeof state.result?.cursor === "string" && state.result.fill === null && waiting.result === 0);
            };
          };
        }),
    );
  while (!(await isWhole())) await new Promise((resolve) => setTimeout(resolve, 1000));
}

async function opening(page, address) {
  const times = { picture: [], list: [], message: [] };
  for (let turn = 0; turn < openings; turn += 1) {
    await page.goto(address);
    await page.waitForFunction(() => window.seen?.list > 0 && window.seen?.message > 0, undefined, { timeout: patienceMs });
    const seen = await page.evaluate(() => window.seen);
    for (const name of Object.keys(times)) times[name].push(seen[name] ?? NaN);
    await page.waitForTimeout(1500);
  }
  // Of the first opening there is no picture yet.
  const picture = times.picture.slice(1);
  return { picture: median(picture), pictureMost: Math.max(...picture), list: median(times.list), message: median(times.message), messageMost: Math.max(...times.message) };
}

/** Main-thread time of one key stroke, and the longest of them with what followed it. */
async function typing(page, session) {
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  await composer.fill("");
  const costs = [];
  for (let at = 0; at < keys; at += 1) {
    const before = await taskMs(session);
    await page.keyboard.press("abcdefgh "[at % 9]);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    costs.push((await taskMs(session)) - before);
  }
  await composer.fill("");
  return { middle: median(costs), most: Math.max(...costs) };
}

async function streaming(page, session, vendor) {
  vendor.says("owl", ...Array.from({ length: pieces }, (_, at) => `${words[at % words.length]} `));
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("Go on");
  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  const before = await taskMs(session);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Stop the answer" }).waitFor();
  await page.getByRole("button", { name: "Stop the answer" }).waitFor({ state: "detached", timeout: patienceMs });
  return { each: ((await taskMs(session)) - before) / pieces, long: await page.evaluate(() => Math.max(0, ...window.long)) };
}

async function spread(browser, server, id, page) {
  const other = await (await browser.newContext({ locale: "en-GB" })).newPage();
  await other.goto(`${server.base}/?chat=${id}`);
  await other.getByRole("article").last().waitFor({ timeout: patienceMs });
  // A device that is still fetching everything for the first time is another matter.
  await wholeCopy(other);
  const tab = await page.context().newPage();
  await tab.goto(`${server.base}/?chat=${id}`);
  await tab.getByRole("article").last().waitFor();
  // Told of the change, not looking for it: timers of a page in the background run once a second.
  const watch = (one, text) =>
    one.evaluate((wanted) => new Promise((done) => {
      const look = () => document.title.startsWith(wanted) && done(Date.now());
      new MutationObserver(look).observe(document.head, { childList: true, subtree: true, characterData: true });
      look();
    }), text);
  const times = { tab: [], device: [] };
  for (let turn = 0; turn < openings; turn += 1) {
    const title = `Title ${turn}`;
    const arrived = [watch(tab, title), watch(other, title)];
    const begun = await page.evaluate(async (wanted) => {
      const button = document.querySelector("main header button[title]");
      button.click();
      await new Promise((done) => setTimeout(done, 50));
      const field = document.querySelector("main header input");
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, wanted);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const at = Date.now();
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      return at;
    }, title);
    const [atTab, atDevice] = await Promise.all(arrived);
    times.tab.push(atTab - begun);
    times.device.push(atDevice - begun);
    // What follows a change in every tab and device must not be counted to the next one.
    await page.waitForTimeout(1500);
  }
  return { tab: median(times.tab), device: median(times.device) };
}

const folder = mkdtempSync(join(tmpdir(), "threadkeep-measure-"));
const vendor = await Vendor.start(["owl"]);
const server = await Server.start({ folder, env: vendor.env });
const browser = await chromium.launch(chromiumOptions);
try {
  console.error(`${cpus().length} x ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${process.env.SERVER_BINARY.replace(root, "")}`);
  const id = await fill(server);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  context.setDefaultTimeout(patienceMs);
  await context.addInitScript(watchFirstPaint);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  console.log("| what | measured |\n|---|---|");
  const begun = Date.now();
  await page.goto(`${server.base}/?chat=${id}`);
  await page.getByRole("article").last().waitFor();
  row("the first conversation is on the screen of a new device", `${((Date.now() - begun) / 1000).toFixed(1)} s`);
  await wholeCopy(page);
  row(`all ${conversationCount} conversations and ${conversationCount * messagesEach + longCount} messages are on the device, and in its index`, `${((Date.now() - begun) / 1000).toFixed(0)} s`);
  const { usage } = await page.evaluate(() => navigator.storage.estimate());
  row("room they take in the browser", `${(usage / 1e6).toFixed(0)} MB`);
  const first = await opening(page, `${server.base}/?chat=${id}`);
  row("navigation to the picture of what was on the screen last", `${first.picture.toFixed(0)} ms (slowest of ${openings - 1}: ${first.pictureMost.toFixed(0)} ms)`);
  row("navigation to the list, from the device", `${first.list.toFixed(0)} ms`);
  row("navigation to the newest messages, from the device", `${first.message.toFixed(0)} ms (slowest of ${openings}: ${first.messageMost.toFixed(0)} ms)`);
  const key = await typing(page, session);
  row(`a key stroke in the composer, ${longCount} messages`, `${key.middle.toFixed(1)} ms of the main thread (most: ${key.most.toFixed(1)} ms)`);
  const token = await streaming(page, session, vendor);
  row(`a streamed token, ${longCount} messages`, `${token.each.toFixed(1)} ms of the main thread (longest task: ${token.long.toFixed(0)} ms)`);
  const far = await spread(browser, server, id, page);
  row("a new title is in another tab", `${far.tab} ms`);
  row("a new title is on another device", `${far.device} ms`);
} finally {
  await browser.close();
  await server.stop();
  await vendor.stop();
  rmSync(folder, { recursive: true, force: true });
}
