// icons: draws the icons that installing needs as PNG, web/app/public/icon-*.png, from the page's favicon.svg.
import { root } from "./environment.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumOptions } from "./chromium.mjs";

const folder = join(root, "web/app/public");
const svg = readFileSync(join(folder, "favicon.svg"), "utf8");
/** Square to the edge, with the sign inside the safe zone: the system cuts its own shape out of it. */
const maskable = svg.replace('rx="8"', "").replace("<path ", '<path transform="translate(16 16) scale(0.8) translate(-16 -16)" ');
const icons = [
  { name: "icon-180.png", size: 180, picture: svg.replace('rx="8"', "") },
  { name: "icon-192.png", size: 192, picture: svg },
  { name: "icon-512.png", size: 512, picture: svg },
  { name: "icon-512-maskable.png", size: 512, picture: maskable },
];

const browser = await chromium.launch(chromiumOptions);
for (const { name, size, picture } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${picture}`);
  const bytes = await page.screenshot({ omitBackground: true });
  writeFileSync(join(folder, name), bytes);
  console.log(`${name} ${bytes.length} bytes`);
  await page.close();
}
await browser.close();
