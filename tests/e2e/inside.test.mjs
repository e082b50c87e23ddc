// Inside a long conversation: find, its questions, bookmarks, a fork, paper, and the menus of the other mouse button.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const pairs = 300;

/** Question and answer `pairs` times; the device of a new window does not have them yet. */
async function longConversation(stage) {
  const id = ulid();
  const messages = [];
  for (let index = 0; index < pairs; index += 1) {
    messages.push({ id: ulid(), role: "user", content: textBlock(`Question number ${index}: what about it?`) });
    const rare = index % 100 === 7 ? " The **rare heron** stands in the reeds." : "";
    messages.push({ id: ulid(), role: "assistant", content: textBlock(`Answer number ${index}.${rare}\n\n${"It goes on for a while. ".repeat(12)}`) });
  }
  await stage.api("PUT", `/api/conversations/${id}`, { title: "Birds", messages });
  return { id, messages };
}

const isMod = "Control";
const findField = (page) => page.raw.getByRole("textbox", { name: "Find in this conversation" });
const findStatus = (page) => page.raw.getByRole("search").getByRole("status");
const isInView = (page, text) =>
  page.raw.evaluate((wanted) => {
    const list = document.querySelector("[data-messages]").getBoundingClientRect();
    return [...document.querySelectorAll("[data-message] p")].some((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return one.textContent.includes(wanted) && top >= list.top && bottom <= list.bottom;
    });
  }, text);
const marks = (page) => page.raw.evaluate(() => [...(CSS.highlights.get("found-current") ?? [])].map((range) => range.toString()));

scenario("find looks through all messages, also those that are not drawn, and goes from one to the next", {}, async (stage) => {
  const { page } = stage;
  const { id } = await longConversation(stage);
  await page.openConversation(id);
  await page.keyboard.press(`${isMod}+f`);
  await page.isFocused(findField(page));
  await page.keyboard.type("RARE heron");
  await eventually("three are found", async () => /3 messages/.test(await findStatus(page).innerText()));
  await eventually("one of them is in view, its words marked", async () => (await isInView(page, "Answer number 207")) && (await marks(page)).join() === "rare heron");
  await page.keyboard.press("Enter");
  await eventually("after the last comes the first", async () => /^1 of 3/.test(await findStatus(page).innerText()) && (await isInView(page, "Answer number 7.")));
  await page.keyboard.press("Enter");
  await eventually("then the next", async () => (await isInView(page, "Answer number 107.")) && (await marks(page)).join() === "rare heron");
  await page.keyboard.press("Shift+Enter");
  await eventually("and back", () => isInView(page, "Answer number 7."));
  await findField(page).fill("no such bird");
  await findStatus(page).getByText("Not found").waitFor();
  await page.keyboard.press("Escape");
  await findField(page).waitFor({ state: "detached" });
  assert.deepEqual(await marks(page), []);
  await page.isFocused(page.composer);
  assert.equal(await page.composer.inputValue(), "");
});

scenario("what is typed right after Ctrl-F is in its field, and the key in the open bar is the browser's own", {}, async (stage) => {
  const { page } = stage;
  const { id } = await longConversation(stage);
  await page.openConversation(id);
  await page.raw.evaluate(() => {
    const press = (key, more) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
    window.wasOurs = !press("f", { ctrlKey: true });
    window.focused = document.activeElement.getAttribute("aria-label");
    window.isLeft = press("f", { ctrlKey: true });
  });
  assert.deepEqual(await page.raw.evaluate(() => [window.wasOurs, window.focused, window.isLeft]), [true, "Find in this conversation", true]);
});

scenario("its questions are listed, all of them, and lead to their place; bookmarks too", {}, async (stage) => {
  const { page } = stage;
  const { id, messages } = await longConversation(stage);
  await page.openConversation(id);
  await page.button("Actions for this conversation").click();
  await page.choose("Questions");
  const options = page.dialog.getByRole("option");
  await options.first().waitFor();
  assert.equal(await options.first().innerText(), "Question number 0: what about it?");
  await page.dialog.getByRole("combobox").fill("number 42:");
  await eventually("one is left", async () => (await options.count()) === 1);
  await page.keyboard.press("Enter");
  await eventually("the question is in view", () => page.questions.getByText("Question number 42:").isVisible());
  assert.equal(new URL(page.raw.url()).searchParams.get("message"), messages[84].id);

  await page.questions.getByText("Question number 42:").click({ button: "right" });
  await page.choose("Bookmark");
  await page.button("Take the bookmark away").waitFor();
  await page.reload();
  await page.button("Actions for this conversation").click();
  await page.choose("Bookmarks");
  await eventually("it is the only one", async () => (await options.allInnerTexts()).join() === "Question number 42: what about it?");
});

scenario("a fork is a conversation of its own, and the old one stays as it is", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Count the words: one two three");
  await page.answered();
  await page.ask("Hello");
  await page.answered();
  const before = page.chat;
  const old = await stage.api("GET", `/api/conversations/${before}/messages`);
  await page.answers.first().hover();
  await page.button("More actions", page.answers.first()).click();
  await page.choose("Fork: go on in a new conversation");
  await eventually("another one is open", () => page.chat !== null && page.chat !== before);
  await eventually("with what was said up to there", async () => (await page.questions.count()) === 1 && (await page.answers.count()) === 1);
  await page.ask("Count the words: one two");
  await page.answered();
  const made = await stage.api("GET", `/api/conversations/${page.chat}/messages`);
  assert.equal(made.messages.length, 4);
  assert.deepEqual(made.messages[1].content, old.messages[1].content);
  assert.equal(made.messages[1].model, old.messages[1].model);
  assert.deepEqual((await stage.api("GET", `/api/conversations/${before}/messages`)).messages, old.messages);
  const { metadata } = await stage.api("GET", `/api/conversations/${page.chat}`);
  assert.deepEqual(metadata.forkedFrom, { conversationId: before, messageId: old.messages[1].id });
});

scenario("the head of code stands on top of it, however far down the conversation it is", {}, async (stage) => {
  const { page } = stage;
  const id = ulid();
  const code = `Look:\n\n\`\`\`js\n${"const line = 1;\n".repeat(8)}\`\`\`\n`;
  const messages = Array.from({ length: 40 }, (_, at) => ({ id: ulid(), role: at % 2 ? "assistant" : "user", content: textBlock(at % 2 ? code : "More") }));
  await stage.api("PUT", `/api/conversations/${id}`, { title: "Code", messages });
  await page.openConversation(id);
  await eventually("the heads that are in view are in their place", () => page.raw.evaluate(() => {
    const top = document.querySelector("[data-messages]").getBoundingClientRect().top;
    const blocks = [...document.querySelectorAll(".code")].filter((block) => block.getBoundingClientRect().top > top);
    return blocks.length > 0 && blocks.every((block) => block.querySelector(".code-head").getBoundingClientRect().top - block.getBoundingClientRect().top < 3);
  }));
});

scenario("on paper there is all of it", {}, async (stage) => {
  const { page } = stage;
  const { id, messages } = await longConversation(stage);
  await page.openConversation(id);
  await page.raw.evaluate(() => {
    window.print = () => (window.printed = document.querySelectorAll("[data-printed]").length);
  });
  await page.keyboard.press(`${isMod}+p`);
  await eventually("it is printed", async () => (await page.raw.evaluate(() => window.printed)) === messages.length);
  await page.raw.emulateMedia({ media: "print" });
  assert.equal(await page.raw.locator("#print").isVisible(), true);
  assert.equal(await page.raw.locator("#root").isVisible(), false);
  assert.match(await page.raw.locator("#print").innerText(), /Birds[\s\S]*Question number 0:[\s\S]*Answer number 299\./);
  await page.raw.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.raw.emulateMedia({ media: "screen" });
  assert.equal(await page.raw.locator("#print").count(), 0);
});

scenario("the other mouse button opens the menu of a conversation where it was pressed", {}, async (stage) => {
  const { page } = stage;
  const { id } = await longConversation(stage);
  await page.go();
  await page.item("Birds").click({ button: "right" });
  await page.raw.getByRole("menu", { name: "Actions for “Birds”" }).waitFor();
  await page.choose("Pin");
  await eventually("it is pinned", async () => (await stage.api("GET", `/api/conversations/${id}`)).isPinned);
});

scenario("the side bar folds, is made wider with mouse and keys, and stays so", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  const side = page.raw.getByRole("complementary");
  const width = async () => (await side.boundingBox()).width;
  const edge = page.raw.getByRole("separator", { name: "Width of the side bar" });
  assert.equal(await width(), 288);
  await edge.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await width(), 304);
  const { x, y } = await edge.boundingBox();
  await page.raw.mouse.move(x + 4, y + 300);
  await page.raw.mouse.down();
  await page.raw.mouse.move(400, y + 320, { steps: 4 });
  await page.raw.mouse.up();
  assert.equal(await width(), 400);
  await page.raw.reload();
  await side.waitFor();
  assert.equal(await width(), 400);
  await page.keyboard.press(`${isMod}+b`);
  await side.waitFor({ state: "detached" });
  await page.raw.reload();
  await page.composer.waitFor();
  assert.equal(await side.count(), 0);
  await page.button("Show the conversations").click();
  await side.waitFor();
});

scenario("text of 80 to 200 percent, remembered, and nothing sticks out", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.composer.waitFor();
  const size = () => page.raw.evaluate(() => parseFloat(getComputedStyle(document.querySelector("[data-composer]")).fontSize));
  assert.equal(await size(), 16);
  await page.raw.getByRole("button", { name: /Local user/ }).click();
  for (let times = 0; times < 5; times += 1) await page.raw.getByRole("menuitem", { name: "Larger text" }).click();
  assert.equal(await size(), 32);
  await page.keyboard.press("Escape");
  await page.raw.reload();
  await page.composer.waitFor();
  assert.equal(await size(), 32);
  for (const viewport of [{ width: 1440, height: 900 }, { width: 768, height: 1024 }, { width: 360, height: 740 }]) {
    await page.raw.setViewportSize(viewport);
    await eventually(`nothing sticks out at ${viewport.width} px`, () => page.raw.evaluate(() => {
      const wide = [...document.querySelectorAll("main *, aside *")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1);
      return document.documentElement.scrollWidth <= innerWidth && wide.length === 0;
    }));
  }
});
