// What those need who do not see the page, or do not use a mouse.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";
import { wordsOf, proseOf } from "./page.mjs";

async function twoTurns(stage, title) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
  for (const [role, text] of [["user", "Do bees sleep?"], ["assistant", "They do. See [more](https://example.org/bees).\n\n```js\nconst bees = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"]]) {
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: textBlock(text) });
  }
  return id;
}

/** Controls without a name in what a screen reader is given. */
async function nameless(page) {
  const tree = await page.raw.locator("body").ariaSnapshot();
  return tree.split("\n").filter((line) => /^\s*- (button|link|textbox|combobox|checkbox|navigation|region|dialog|img|menuitem\w*|option|radio|progressbar)( \[[^\]]*\])*:?$/.test(line));
}

scenario("the page has landmarks, headings in order and a name for every control", {}, async (stage) => {
  const { page } = stage;
  await page.openConversation(await twoTurns(stage, "Bees"));
  await page.item("Bees").waitFor();
  assert.equal(await page.raw.getByRole("main").count(), 1);
  assert.equal(await page.raw.getByRole("complementary").count(), 1);
  assert.equal(await page.raw.getByRole("navigation").count(), 1);
  assert.equal(await page.raw.locator("html").getAttribute("lang"), "en");
  const headings = await page.messages.getByRole("heading").allInnerTexts();
  assert.deepEqual(headings, ["You asked", "The model answered"]);
  assert.deepEqual(await page.raw.getByRole("heading", { level: 1 }).allInnerTexts(), ["Bees"]);
  assert.deepEqual(await nameless(page), []);

  await page.answers.first().hover();
  await page.button("Actions for this conversation").click();
  assert.deepEqual(await nameless(page), []);
  await page.keyboard.press("Escape");
  await page.raw.getByRole("button", { name: "Local user" }).click();
  assert.deepEqual(await nameless(page), []);
  await page.raw.getByRole("menuitem", { name: "Import your history" }).click();
  await page.dialog.waitFor();
  assert.deepEqual(await nameless(page), []);
  await eventually("what is behind a dialog is hidden from readers", async () => (await page.composer.count()) + (await page.articles.count()) + (await page.items.count()) === 0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.dialog.waitFor();
  assert.deepEqual(await nameless(page), []);
});

/** Whether the focus on this element changes the picture: by its ring, or for a text field by its frame. */
async function showsFocus(page, element) {
  const clip = await element.evaluate((one) => {
    const { x, y, width, height } = (one.closest("form") ?? one).getBoundingClientRect();
    const [left, top] = [Math.max(0, x - 4), Math.max(0, y - 4)];
    return { x: left, y: top, width: Math.min(innerWidth - left, width + 8), height: Math.min(innerHeight - top, height + 8) };
  });
  const picture = () => page.raw.screenshot({ clip, caret: "hide", animations: "disabled" });
  // A tooltip of the control before may still be on its way out: that it goes is not the focus.
  let focused = await picture();
  await eventually("the picture stands still", async () => {
    const before = focused;
    focused = await picture();
    return before.equals(focused);
  });
  const isField = await element.evaluate((one) => one.matches("textarea, input"));
  await element.evaluate((one, byBlur) => (byBlur ? one.blur() : one.style.setProperty("outline", "none", "important")), isField);
  const bare = await picture();
  await element.evaluate((one, byBlur) => (byBlur ? one.focus() : one.style.removeProperty("outline")), isField);
  return (await differingDots(page, focused, bare)) >= ringDotsMin;
}

/** The ring around the smallest control has twice as many. Letters that are smoothed in another way differ too, by a few. */
const ringDotsMin = 100;

/** How many dots of the two pictures are clearly of another colour. */
function differingDots(page, ...pictures) {
  return page.raw.evaluate(async (encoded) => {
    const [first, second] = await Promise.all(
      encoded.map(async (text) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        canvas.drawImage(bitmap, 0, 0);
        return canvas.getImageData(0, 0, bitmap.width, bitmap.height).data;
      }),
    );
    let dots = 0;
    for (let at = 0; at < first.length; at += 4) if ([0, 1, 2].some((channel) => Math.abs(first[at + channel] - second[at + channel]) > 24)) dots += 1;
    return dots;
  }, pictures.map((picture) => picture.toString("base64")));
}

for (const colorScheme of ["light", "dark"]) {
  scenario(`the focus is visible wherever the tab key goes, ${colorScheme}`, { window: { colorScheme } }, async (stage) => {
    const { page } = stage;
    await page.openConversation(await twoTurns(stage, "Bees"));
    await page.item("Bees").waitFor();
    await page.raw.evaluate(() => document.activeElement?.blur());
    const names = [];
    let steps = 0;
    while (names.at(-1) !== "Message") {
      assert.ok((steps += 1) < 60, names.join(", "));
      await page.keyboard.press("Tab");
      const one = await page.raw.evaluateHandle(() => document.activeElement);
      if (await one.evaluate((element) => element === document.body)) continue;
      names.push(await one.evaluate((element) => element.getAttribute("aria-label") ?? element.textContent));
      assert.ok(await showsFocus(page, one), `the focus on "${names.at(-1)}" is seen`);
    }
    for (const expected of ["New conversation (Ctrl Shift O)", "Bees", "Actions for this conversation", "Edit and ask again", "Copy code", "Message"]) {
      assert.ok(names.includes(expected), `the tab key reaches "${expected}": ${names.join(", ")}`);
    }
  });
}

scenario("the finished answer is announced, and not every word of it", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  const live = page.main.locator("[aria-live=polite]");
  await live.waitFor({ state: "attached" });
  await page.raw.evaluate(() => {
    window.said = [];
    new MutationObserver(() => {
      const text = document.querySelector("main [aria-live=polite]")?.textContent;
      if (text && text !== window.said.at(-1)) window.said.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.ask("Tell me a story in 60 words");
  await page.saidAtLeast(20);
  assert.deepEqual(await page.raw.evaluate(() => window.said), []);
  await page.answered();
  const said = await eventually("it is announced", () => page.raw.evaluate(() => window.said.length > 0 && window.said));
  assert.equal(said.length, 1);
  assert.equal(wordsOf(said[0].replace(/^Answer: /, "")), wordsOf(await proseOf(page.answers.last())));
});

scenario("the focus returns where it came from", {}, async (stage) => {
  const { page } = stage;
  await page.openConversation(await twoTurns(stage, "Bees"));
  await page.item("Bees").waitFor();
  await page.isFocused(page.composer);
  for (const [open, close] of [["Control+k", "Escape"], ["Control+k", "Control+k"]]) {
    await page.keyboard.press(open);
    await page.dialog.waitFor();
    await page.keyboard.press(close);
    await page.dialog.waitFor({ state: "detached" });
    await page.isFocused(page.composer);
  }
  const actions = page.button("Actions for this conversation");
  await actions.focus();
  await page.keyboard.press("Enter");
  await page.raw.getByRole("menu").waitFor();
  await page.keyboard.press("Escape");
  await page.isFocused(actions);

  const edit = page.button("Edit and ask again");
  await edit.focus();
  await page.keyboard.press("Enter");
  await page.isFocused(page.raw.getByRole("textbox", { name: "Edit the question" }));
  await page.keyboard.press("Escape");
  await page.questions.first().waitFor();

  await page.composer.focus();
  await page.ask("Tell me a long story");
  await page.saidAtLeast(5);
  await page.stopButton.click();
  await page.answered();
  await page.isFocused(page.composer);
});

scenario("with reduced motion nothing moves by itself", { window: { reducedMotion: "reduce" } }, async (stage) => {
  const { page } = stage;
  await page.openConversation(await twoTurns(stage, "Bees"));
  await page.keyboard.press("Control+k");
  await page.dialog.waitFor();
  const longest = await page.raw.evaluate(() =>
    Math.max(0, ...document.getAnimations().map((animation) => Number(animation.effect.getComputedTiming().activeDuration))),
  );
  assert.ok(longest <= 1, `${longest} ms`);
});
