// One owner for keys: what is open takes them.
import assert from "node:assert/strict";
import { conversations, eventually, scenario, textBlock, ulid } from "./harness.mjs";

const inComposer = (page) => page.raw.locator("[data-composer]").inputValue();

/** From now on this part of the page does not come, until the function that this returns is called. */
async function hold(page, pattern) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.raw.route(pattern, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

scenario("Ctrl-K has its field at once: no key can come between", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One", "Two"]);
  await page.openConversation(id);
  await page.composer.focus();
  await page.quiet();
  // Not by the clock, which others on the machine slow down: before the key is done, the focus is there.
  const { isThere, ms } = await page.raw.evaluate(() => {
    const began = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }));
    return { isThere: document.activeElement.matches("[role=combobox]"), ms: performance.now() - began };
  });
  console.log(`# Ctrl-K to focus: ${ms.toFixed(1)} ms`);
  assert.ok(isThere);
  await page.raw.getByRole("listbox", { name: "Hits" }).waitFor();
  await page.keyboard.press("Escape");
  await page.isFocused(page.composer);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("two");
  assert.equal(await page.raw.getByRole("combobox").inputValue(), "two");
  assert.equal(await inComposer(page), "");
});

scenario("what is typed after Ctrl-K while the palette is still being loaded is in its field, too", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One", "Two"]);
  const release = await hold(page, /\/assets\/palette-.*\.js$/);
  await page.openConversation(id);
  await page.composer.focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("twe");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Enter");
  const field = page.raw.getByRole("combobox");
  assert.equal(await field.inputValue(), "tw");
  await page.keyboard.press("Escape");
  await page.isFocused(page.composer);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("tw");
  release();
  await page.raw.getByRole("option", { name: "Two" }).first().waitFor();
  await page.keyboard.type("o");
  assert.equal(await field.inputValue(), "two");
  await page.keyboard.press("Escape");
  await page.isFocused(page.composer);
  assert.equal(await inComposer(page), "");
  assert.deepEqual(stage.requests(/generations/), []);
});

scenario("Enter after Ctrl-K and some words opens what is found, also where the palette comes only then", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One", "Wolves"]);
  const release = await hold(page, /\/assets\/palette-.*\.js$/);
  await page.openConversation(id);
  await page.composer.focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("wolv");
  await page.keyboard.press("Enter");
  await page.keyboard.type("x");
  await page.keyboard.press("Backspace");
  release();
  await page.raw.getByRole("option", { name: "Wolves" }).first().waitFor();
  assert.ok(page.raw.url().endsWith(id), "it was another word after Enter");
  await page.keyboard.press("Escape");

  await page.raw.reload();
  const releaseAgain = await hold(page, /\/assets\/palette-.*\.js$/);
  await page.raw.reload();
  await page.composer.waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("wolv");
  await page.keyboard.press("Enter");
  releaseAgain();
  await eventually("it is open", () => page.raw.title().then((title) => title.startsWith("Wolves")));
  await page.dialog.waitFor({ state: "detached" });
});

scenario("keys that are pressed while a menu is still being loaded do nothing elsewhere", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One", "Two"]);
  const release = await hold(page, /\/assets\/radix-menu-.*\.js$/);
  await page.openConversation(id);
  await page.quiet();
  const before = stage.requests(/POST/).length;
  const actions = page.button("Actions for “Two”");
  await page.item("Two").hover();
  await actions.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("e#pu");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  release();
  await page.raw.getByRole("menu").waitFor();
  await page.keyboard.press("Escape");
  await page.isFocused(actions);
  assert.equal(stage.requests(/POST/).length, before);
  assert.equal(await inComposer(page), "");
});

scenario("an answer is read as plain text while what draws it is still being loaded", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One"]);
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock("It is **so**.") });
  const release = await hold(page, /\/assets\/markdown-.*\.js$/);
  await page.openConversation(id);
  await page.answers.getByText("It is **so**.").waitFor();
  release();
  await page.answers.locator("strong", { hasText: "so" }).waitFor();
});

scenario("letters in an open menu go to its lines, not to the page", { vendor: true }, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One"]);
  await page.openConversation(id);
  await page.quiet();
  const before = stage.requests(/POST/).length;
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menu").waitFor();
  await page.keyboard.type("rich");
  await page.raw.getByRole("menu").waitFor();
  assert.equal(await inComposer(page), "");
  await page.keyboard.press("Escape");
  const actions = page.button("Actions for this conversation");
  await actions.click();
  await page.raw.getByRole("menu").waitFor();
  await page.keyboard.type("exp");
  await page.isFocused(page.raw.getByRole("menuitem", { name: "Export" }));
  await page.keyboard.press("Escape");
  assert.equal(stage.requests(/POST/).length, before);
});

scenario("going far down the list and pinning there keeps the keys in the list", {}, async (stage) => {
  const { page } = stage;
  const ids = await conversations(stage, Array.from({ length: 80 }, (_, index) => `Talk ${index}`));
  await page.openConversation(ids[0]);
  await page.quiet();
  await page.composer.focus();
  await page.keyboard.press("F6");
  for (let count = 0; count < 40; count += 1) await page.keyboard.press("j");
  await page.keyboard.press("p");
  // None of these letters is a key of the list but k.
  await page.keyboard.type("look");
  await eventually("the focus is in the list", () => page.raw.evaluate(() => document.activeElement.closest("[data-list]") !== null));
  assert.equal(await inComposer(page), "");
  assert.deepEqual(stage.requests(/generations/), []);
  await eventually("one is pinned", async () => (await stage.api("GET", "/api/conversations?limit=100")).conversations.filter((one) => one.isPinned).length === 1);
});

scenario("Enter after a search that finds nothing does nothing, and signs and emoji are found", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["One", "Two 🙂", "Is it so?"]);
  await page.go();
  await page.button("Search Ctrl K").or(page.raw.getByRole("button", { name: /^Search/ })).first().waitFor();
  for (const [words, hit] of [["$", null], ["zzqqxx", null], ["🙂", "Two 🙂"], ["?", "Is it so?"]]) {
    await page.keyboard.press("Control+k");
    await page.raw.getByRole("combobox").fill(words);
    if (hit) await page.raw.getByRole("option", { name: hit }).first().waitFor();
    else await page.raw.getByText("Nothing on this device has these words.").waitFor();
    if (!hit) await page.keyboard.press("Enter");
    assert.equal(await page.raw.getByText(/ selected$/).count(), 0);
    await page.keyboard.press("Escape");
    await page.dialog.waitFor({ state: "detached" });
  }
});

scenario("the second Enter among the tags is done", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One"]);
  await page.openConversation(id);
  await page.composer.focus();
  await page.keyboard.press("F6");
  await page.keyboard.press("t");
  await page.raw.getByRole("combobox", { name: "Tag" }).waitFor();
  await page.keyboard.type("later");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.dialog.waitFor({ state: "detached" });
  await eventually("it has the tag", async () => (await stage.api("GET", `/api/conversations/${id}`)).tags.join() === "later");
});

scenario("the Enter that ends an input method in Safari sends nothing and chooses nothing", {}, async (stage) => {
  const { page } = stage;
  const [id] = await conversations(stage, ["One"]);
  await page.openConversation(id);
  await page.quiet();
  const before = stage.requests(/POST/).length;
  const enter229 = () =>
    page.raw.evaluate(() => {
      const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
      Object.defineProperty(event, "keyCode", { value: 229 });
      document.activeElement.dispatchEvent(event);
    });
  await page.composer.fill("にほん");
  await enter229();
  await page.raw.waitForTimeout(300);
  assert.equal(await inComposer(page), "にほん");
  await page.keyboard.press("Control+k");
  await page.raw.getByRole("combobox").fill("One");
  await page.raw.getByRole("option").first().waitFor();
  await enter229();
  assert.ok(await page.raw.getByRole("combobox").isVisible());
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.keyboard.press("F6");
  await page.keyboard.press("F2");
  const title = page.raw.getByRole("textbox", { name: "Title of the conversation" });
  await title.fill("にほん");
  await enter229();
  assert.ok(await title.isVisible());
  await page.keyboard.press("Escape");
  assert.equal(stage.requests(/POST/).length, before);
});
