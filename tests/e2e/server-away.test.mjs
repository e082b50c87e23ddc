// The server is not there for a while: nothing that was written is lost, and nothing is said that is not so.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

const text = "Are the mountains older than the sea?";

async function storedTexts(stage, conversation) {
  const { messages } = await stage.api("GET", `/api/conversations/${conversation}/messages?all=true`);
  return messages.filter(({ role }) => role === "user").map(({ content }) => content[0].text);
}

async function begun(stage) {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask("Hello");
  await page.answered();
  await stage.stopServer();
  await page.write(text);
  await page.raw.getByText("Not sent.", { exact: true }).waitFor();
  const notice = page.raw.getByRole("article", { name: "Question that was not sent" });
  await notice.getByText(text, { exact: true }).waitFor();
  await notice.getByText("The Threadkeep server cannot be reached. Your message is kept on this device.").waitFor();
  assert.equal(await page.questions.count(), 1, "it does not look like one that was sent");
  return notice;
}

scenario("a message written while the server is away is kept, and sent once when it is back", {}, async (stage) => {
  const { page } = stage;
  const notice = await begun(stage);
  await page.button("Try again", notice).click();
  await page.questions.getByText(text, { exact: true }).waitFor();
  await page.questions.getByText("Sending…").waitFor();
  await page.button("Try again", notice).waitFor();

  await stage.startServerAgain();
  assert.deepEqual(await storedTexts(stage, page.chat), ["Hello"]);
  await page.button("Try again", notice).click();
  await page.questions.getByText(text, { exact: true }).waitFor();
  await page.answered();
  assert.deepEqual(await storedTexts(stage, page.chat), ["Hello", text]);
  await eventually("it is on the server, and says so", async () => (await page.questions.last().locator("time").count()) === 1);
  await page.reload();
  assert.equal(await page.questions.getByText(text, { exact: true }).count(), 1);
  assert.equal(await notice.count(), 0);
});

scenario("a message that was not sent outlives the page", {}, async (stage) => {
  const { page } = stage;
  const notice = await begun(stage);
  await stage.startServerAgain();
  await page.reload();
  await notice.getByText(text, { exact: true }).waitFor();
  await page.button("Back to writing", notice).click();
  assert.equal(await page.composer.inputValue(), text);
  await page.isFocused(page.composer);
  assert.deepEqual(await storedTexts(stage, page.chat), ["Hello"]);
  await page.reload();
  assert.equal(await page.composer.inputValue(), text, "a draft outlives the page, too");
  await page.composer.press("Enter");
  await page.questions.getByText(text, { exact: true }).waitFor();
  await page.answered();
  assert.deepEqual(await storedTexts(stage, page.chat), ["Hello", text]);
});

scenario("the first message of all, written while the server is away, is not lost either", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  stage.allow(/status of 404/);
  await page.go();
  await page.isFocused(page.composer);
  await stage.stopServer();
  await page.write(text);
  const notice = page.raw.getByRole("article", { name: "Question that was not sent" });
  await notice.getByText(text, { exact: true }).waitFor();
  await stage.startServerAgain();
  await page.raw.reload();
  await notice.getByText(text, { exact: true }).waitFor();
  await page.button("Try again", notice).click();
  await page.questions.getByText(text, { exact: true }).waitFor();
  await page.answered();
  assert.deepEqual(await storedTexts(stage, page.chat), [text]);
  assert.equal((await stage.api("GET", "/api/conversations")).conversations.length, 1);
  await page.items.first().waitFor();
});

scenario("an edit that could not be sent leaves the question as it was, and is sent as its sibling later", {}, async (stage) => {
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
  const notice = page.raw.getByRole("article", { name: "Question that was not sent" });
  await notice.getByText(text, { exact: true }).waitFor();
  await page.questions.getByText("Hello", { exact: true }).waitFor();
  assert.equal(await page.answers.count(), 1, "the old answer is still there");
  await stage.startServerAgain();
  await page.button("Try again", notice).click();
  await page.questions.getByText("2/2", { exact: true }).waitFor();
  await page.answered();
  assert.equal(await page.questions.count(), 1);
  assert.deepEqual((await storedTexts(stage, page.chat)).sort(), [text, "Hello"].sort());
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
  assert.ok(lost >= 2);
  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`);
  assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "user", "assistant"]);
});

scenario("a page opened while the list cannot be read heals by itself", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/status of 503/);
  let isAway = true;
  await page.raw.route("**/api/conversations?*", (route) =>
    isAway ? route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"type":"/problems/unavailable","title":"Away","status":503}' }) : route.continue(),
  );
  await stage.api("POST", "/api/conversations", { title: "Still here" });
  await page.go();
  await page.raw.getByText("The list could not be read.").waitFor();
  isAway = false;
  await page.item("Still here").waitFor();
});
