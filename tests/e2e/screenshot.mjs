// screenshot: makes the pictures of the README, docs/page*.png, from the real server with made-up conversations.
import { root } from "./environment.mjs";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Server } from "../blackbox/server.mjs";
import { chromiumOptions } from "./chromium.mjs";
import { everyday } from "./conversations.mjs";

const bytesMax = 300_000;
const pictures = [
  { name: "page", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { name: "page-dark", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { name: "page-phone", viewport: { width: 360, height: 740 }, colorScheme: "light", deviceScaleFactor: 2, isMobile: true, hasTouch: true },
];

async function fill(server) {
  const texts = everyday(Date.now() / 1000);
  await server.call("POST", "/api/import?name=conversations.json", JSON.stringify(texts));
  const { conversations } = (await server.call("GET", "/api/conversations?limit=100")).body;
  const idOf = (title) => conversations.find((one) => one.title === title).id;
  for (const title of ["Backup plan for the family archive", "Letter to the insurance"]) await server.call("PATCH", `/api/conversations/${idOf(title)}`, { isPinned: true });
  return idOf(texts[0].title);
}

async function take(browser, address, { name, ...window }) {
  const context = await browser.newContext({ ...window, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("article").last().waitFor();
  // On a phone the list is in the drawer.
  if (!window.isMobile) await page.locator("[data-conversation]").nth(12).waitFor({ state: "attached" });
  await page.evaluate(() => document.fonts.ready);
  await page.getByRole("article").locator("pre span").first().waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
  const path = join(root, "docs", `${name}.png`);
  await page.screenshot({ path, animations: "disabled" });
  await context.close();
  const { size } = statSync(path);
  if (size > bytesMax) throw new Error(`${path} has ${size} bytes, more than ${bytesMax}`);
  console.log(`docs/${name}.png ${Math.round(size / 1000)} kB`);
}

const folder = mkdtempSync(join(tmpdir(), "threadkeep-screenshot-"));
const server = await Server.start({ folder });
const browser = await chromium.launch(chromiumOptions);
try {
  const id = await fill(server);
  for (const picture of pictures) await take(browser, `${server.base}/?chat=${id}`, picture);
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
