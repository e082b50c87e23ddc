// The page on a phone, a tablet and a desk, in light and dark, with what is awkward to lay out.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { chatgptConversation } from "./exports.mjs";
import { awkward } from "./conversations.mjs";

const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const tablet = { viewport: { width: 768, height: 1024 } };
const desk = { viewport: { width: 1440, height: 900 } };
const sizes = { phone, tablet, desk };

const titles = { code: awkward.longTitle, wide: "Everything at once", arabic: "الفصحى واللهجات", chinese: "天空为什么是蓝色的" };

/** Awkward conversations; answers their ids by name. */
async function awkwardOnes(stage) {
  const texts = { code: awkward.duplicates, wide: awkward.wide, arabic: awkward.arabic, chinese: awkward.chinese };
  const made = Object.keys(texts).map((name, index) => chatgptConversation({ title: titles[name], time: 1_790_000_000 + index * 100, texts: texts[name] }));
  await stage.api("POST", "/api/import?name=awkward.json", JSON.stringify(made));
  const { conversations } = await stage.api("GET", "/api/conversations");
  return Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, conversations.find((one) => one.title === title).id]));
}

/** Text that is harder to read than WCAG AA allows, with its contrast. */
function faintTexts(page) {
  return page.raw.evaluate(() => {
    const channels = (colour) => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return { rgb: [red, green, blue], alpha: alpha / 255 };
    };
    const over = (top, below) => top.rgb.map((value, at) => value * top.alpha + below[at] * (1 - top.alpha));
    const ground = (element) => {
      if (!element) return [255, 255, 255];
      const own = channels(getComputedStyle(element).backgroundColor);
      return own.alpha === 1 ? own.rgb : over(own, ground(element.parentElement));
    };
    const light = (rgb) => {
      const [red, green, blue] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const isSeen = node.data.trim() && element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".sr-only, noscript, :disabled");
      if (!isSeen) continue;
      const below = ground(element);
      const a = light(over(channels(getComputedStyle(element).color), below));
      const b = light(below);
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) faint.push(`${contrast.toFixed(2)}: ${node.data.trim().slice(0, 40)}`);
    }
    return faint;
  });
}

/** What can be pressed and is smaller than 44 px. Links in running text are let off, as WCAG does. */
function smallTargets(page) {
  return page.raw.evaluate(() =>
    [...document.querySelectorAll("button, a[href], [role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=option], summary, textarea, input:not([type=file], [type=checkbox])")]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".prose p, .prose li, .prose td"))
      .map((element) => ({ box: element.getBoundingClientRect(), name: element.getAttribute("aria-label") ?? element.textContent.slice(0, 40) }))
      .filter(({ box }) => box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth)
      .filter(({ box }) => box.width < 43.5 || box.height < 43.5)
      .map(({ box, name }) => `${name}: ${box.width.toFixed(1)} x ${box.height.toFixed(1)}`),
  );
}

async function assertComposerInView(page) {
  const box = await page.composer.boundingBox();
  const { width, height } = page.raw.viewportSize();
  assert.ok(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
}

for (const [name, window] of Object.entries(sizes)) {
  for (const colorScheme of ["light", "dark"]) {
    scenario(`on a ${name}, ${colorScheme}: everything fits and can be read`, { window: { ...window, colorScheme } }, async (stage) => {
      const { page } = stage;
      await page.go();
      await page.raw.getByRole("heading", { level: 1 }).waitFor();
      await page.assertFitsSideways();
      await assertComposerInView(page);
      assert.deepEqual(await faintTexts(page), []);
      const ids = await awkwardOnes(stage);
      for (const [what, id] of Object.entries(ids)) {
        await page.openConversation(id);
        await page.answers.last().locator(".prose").waitFor();
        await page.quiet();
        await page.assertFitsSideways();
        await assertComposerInView(page);
        await page.answers.last().hover();
        assert.deepEqual(await faintTexts(page), [], what);
        if (name === "phone") assert.deepEqual(await smallTargets(page), [], what);
        await page.messages.evaluate((box) => box.scrollTo({ top: 0 }));
        await page.assertFitsSideways();
      }
      const isDark = await page.raw.evaluate(() => getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).slice(0, 3).every((value) => value < 90));
      assert.equal(isDark, colorScheme === "dark");
    });
  }
}

scenario("on a phone the conversations are in a drawer", { window: phone }, async (stage) => {
  const { page } = stage;
  const ids = await awkwardOnes(stage);
  await page.openConversation(ids.wide);
  assert.equal(await page.sidebar.count(), 0);
  const opener = page.button("Show the conversations");
  await opener.tap();
  const drawer = page.raw.getByRole("dialog", { name: "Conversations" });
  await drawer.waitFor();
  await eventually("it has slid in", async () => (await drawer.boundingBox()).x === 0);
  assert.ok((await drawer.boundingBox()).width <= 320);
  assert.deepEqual(await smallTargets(page), []);
  await page.assertFitsSideways();
  await page.item(titles.chinese).tap();
  await drawer.waitFor({ state: "detached" });
  await page.answers.getByText("阳光由各种颜色的光组成").waitFor();

  await opener.tap();
  await drawer.waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await page.isFocused(opener);

  await opener.tap();
  await drawer.waitFor();
  await page.raw.touchscreen.tap(350, 400);
  await drawer.waitFor({ state: "detached" });

  // The way back closes the drawer first; what is opened from it takes its place on that way.
  const [before] = [page.chat];
  await opener.tap();
  await drawer.waitFor();
  await page.raw.goBack();
  await drawer.waitFor({ state: "detached" });
  assert.equal(page.chat, before);
  await opener.tap();
  await page.item(titles.arabic).tap();
  await eventually("another one is open", () => page.chat === ids.arabic);
  await page.raw.goBack();
  await eventually("the one before is open", () => page.chat === before);
  assert.equal(await drawer.count(), 0);

  await opener.tap();
  await page.button("New conversation (Ctrl Shift O)", drawer).tap();
  await drawer.waitFor({ state: "detached" });
  assert.equal(page.chat, null);
  await page.composer.fill("Count the words: one two three");
  await page.button("Send").tap();
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
  assert.deepEqual(await smallTargets(page), []);
  await page.button("Actions for this conversation").tap();
  await page.raw.getByRole("menuitem", { name: "Rename" }).waitFor();
  assert.deepEqual(await smallTargets(page), []);
});

scenario("wide tables and code scroll inside themselves", { window: phone }, async (stage) => {
  const { page } = stage;
  const ids = await awkwardOnes(stage);
  await page.openConversation(ids.wide);
  for (const inside of [page.answers.getByRole("region", { name: "Table" }), page.answers.locator("pre")]) {
    const { wide, shown } = await inside.evaluate((element) => ({ wide: element.scrollWidth, shown: element.clientWidth }));
    assert.ok(wide > shown + 100 && shown <= 360, `${wide} in ${shown}`);
    await inside.evaluate((element) => element.scrollTo({ left: 10_000 }));
    assert.ok((await inside.evaluate((element) => element.scrollLeft)) > 100);
  }
  await page.assertFitsSideways();
  await page.button("Wrap long lines").tap();
  await eventually("the code fits", () => page.answers.locator("pre").evaluate((element) => element.scrollWidth <= element.clientWidth + 1));
});

scenario("every text reads in its own direction", {}, async (stage) => {
  const { page } = stage;
  const ids = await awkwardOnes(stage);
  await page.openConversation(ids.arabic);
  const direction = (locator) => locator.evaluate((element) => getComputedStyle(element).direction);
  assert.equal(await direction(page.questions.getByText("ما الفرق")), "rtl");
  assert.equal(await direction(page.answers.locator("p").first()), "rtl");
  assert.equal(await direction(page.answers.locator("ol")), "rtl");
  assert.equal(await direction(page.answers.locator("table")), "rtl");
  assert.equal(await direction(page.answers.locator("p code")), "ltr");
  assert.equal(await direction(page.item(titles.arabic)), "rtl");
  await page.composer.fill("مرحبا");
  assert.equal(await direction(page.composer), "rtl");
  await page.composer.fill("Hello");
  assert.equal(await direction(page.composer), "ltr");
  await page.composer.fill("");
  await page.openConversation(ids.chinese);
  assert.equal(await direction(page.answers.locator("p").first()), "ltr");
});

scenario("the message field grows with what is written, and then scrolls", { window: phone }, async ({ page }) => {
  await page.go();
  const height = async () => (await page.composer.boundingBox()).height;
  const small = await height();
  await page.composer.fill("one\ntwo\nthree\nfour");
  await eventually("it grows", async () => (await height()) >= small + 60);
  await page.composer.fill("line\n".repeat(80));
  await eventually("it stops at 40 % of the height", async () => Math.abs((await height()) - 0.4 * 740) <= 30);
  await assertComposerInView(page);
  await page.assertFitsSideways();
  await page.composer.fill("");
  await eventually("it shrinks", async () => (await height()) === small);
});
