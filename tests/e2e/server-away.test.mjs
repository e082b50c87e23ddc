// The server is not there for a while: nothing that was written is lost, and nothing is said that is not so.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

const text = "Are the mountains older than the sea?";

/** The questions that the server has; none while it does not know the conversation yet. */
async function storedTexts(stage, conversation) {
  const { status, body } = await stage.server.call("GET", `/api/conversations/${conversation}/messages?all=true`);
  if (status === 404) return [];
  assert.equal(status, 200);
  return body.messages.filter(({ role }) => role === "user").map(({ content }) => content[0].text);
}

async function isStored(stage, conversation, texts) {
  await eventually(`the server has ${texts}`, async () => JSON.stringify(await storedTexts(stage, conversation)) === JSON.stringify(texts));
}

const question = (page) => page.questions.filter({ hasText: text });

/** A conversation of one turn, then the server goes, then a question is asked. */
async function begun(stage) {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask("Hello");
  await page.answered();
  await stage.stopServer();
  await page.write(text);
  await question(page).getByText("On this device", { exact: true }).waitFor();
  await page.answers.getByText("It will be answered when the server has your question.").waitFor();
  await page.status.getByRole("button", { name: "Offline: 1 waits" }).waitFor();
}

scenario("a message written while the server is away is kept, and sent once, by itself, when it is back", {}, async (stage) => {
  const { page } = stage;
  await begun(stage);
  await stage.startServerAgain();
  await isStored(stage, page.chat, ["Hello", text]);
  await eventually("it is on the server, and says so", async () => (await question(page).locator("time").count()) === 1);
  await page.answered();
  await page.reload();
  assert.equal(await question(page).count(), 1);
  assert.equal(await page.answers.count(), 2);
  assert.equal(await page.status.getByRole("button").count(), 0);
  assert.deepEqual(await storedTexts(stage, page.chat), ["Hello", text]);
});

scenario("what waits outlives the page, and a tab that is opened later sends it", {}, async (stage) => {
  const { page } = stage;
  await begun(stage);
  const { chat } = page;
  await page.raw.close();
  await stage.startServerAgain();
  assert.deepEqual(await storedTexts(stage, chat), ["Hello"]);
  const later = await stage.newTab(page.raw.context());
  await later.go();
  await isStored(stage, chat, ["Hello", text]);
  await later.items.first().click();
  await question(later).waitFor();
  await later.answered();
  assert.equal(await question(later).count(), 1);
});

scenario("a draft outlives the page", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Hello");
  await page.answered();
  await page.composer.fill(text);
  await page.reload();
  assert.equal(await page.composer.inputValue(), text);
  await page.composer.press("Enter");
  await question(page).waitFor();
  await page.answered();
  await isStored(stage, page.chat, ["Hello", text]);
  assert.equal(await page.composer.inputValue(), "");
});

scenario("the first message of all, written while the server is away, is not lost either", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.isFocused(page.composer);
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await stage.stopServer();
  await page.write(text);
  await question(page).getByText("On this device", { exact: true }).waitFor();
  await page.items.first().waitFor();
  await stage.startServerAgain();
  await isStored(stage, page.chat, [text]);
  await page.answered();
  assert.equal((await stage.api("GET", "/api/conversations")).conversations.length, 1);
});

scenario("an edit made while the server is away is its sibling there later", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask("Hello");
  await page.answered();
  await stage.stopServer();
  await page.composer.press("ArrowUp");
  const editor = page.raw.getByRole("textbox", { name: "Edit the question" });
  await editor.fill(text);
  await editor.press("Enter");
  await question(page).getByText("2/2", { exact: true }).waitFor();
  await page.button("Previous wording").click();
  await page.questions.getByText("Hello", { exact: true }).waitFor();
  await page.button("Next wording").click();
  await question(page).waitFor();
  await stage.startServerAgain();
  await eventually("both are there", async () => JSON.stringify((await storedTexts(stage, page.chat)).sort()) === JSON.stringify([text, "Hello"].sort()));
  await page.answered();
  await question(page).getByText("2/2", { exact: true }).waitFor();
  assert.equal(await page.questions.count(), 1);
});

scenario("the answer to a lost request is not asked for twice", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask("Hello");
  await page.answered();
  // The request arrives, the answer does not: the page cannot know that the message is stored.
  let lost = 0;
  await page.raw.route("**/generations", async (route) => {
    lost += 1;
    if (lost > 1) return route.continue();
    await route.fetch({ timeout: 0 });
    await route.abort("connectionreset");
  });
  await page.write("Count the words: one two three");
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
  assert.ok(lost >= 1);
  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`);
  assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "user", "assistant"]);
});
