// An answer that is being written belongs to the server: pages stop it, leave it, come back to it and watch it together.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { proseOf, wordsOf } from "./page.mjs";

const textOf = (message) => message.content.map(({ text }) => text ?? "").join("");
const lastStored = async (stage, conversation) => (await stage.api("GET", `/api/conversations/${conversation}/messages`)).messages.at(-1);

/** Letters and digits only, so that a half-written heading or list counts as what it says. */
const lettersOf = (text) => text.replace(/[^\p{L}\p{N}]/gu, "");

/** From now on keeps every state of the last answer that the page shows. */
async function watchLastAnswer(page) {
  await page.raw.evaluate(() => {
    window.shown = [];
    new MutationObserver(() => {
      const text = [...document.querySelectorAll("article[aria-label=Answer]")].at(-1)?.querySelector(".prose")?.textContent ?? "";
      if (text !== window.shown.at(-1)) window.shown.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

/** Whatever was shown was the beginning of what is stored, and only grew: nothing was missing, doubled or gone at any time. */
async function assertOnlyBeginnings(page, stored) {
  const shown = await page.raw.evaluate(() => window.shown);
  assert.ok(shown.length > 3, `${shown.length} states`);
  const states = shown.map(lettersOf);
  const whole = lettersOf(stored);
  for (const [index, text] of states.entries()) {
    assert.ok(whole.startsWith(text), `was shown: ${text}`);
    assert.ok(text.length >= (states[index - 1]?.length ?? 0), `${text} after ${states[index - 1]}`);
  }
}

for (const [how, stop] of [
  ["the button", (page) => page.stopButton.click()],
  ["Escape", (page) => page.keyboard.press("Escape")],
]) {
  scenario(`${how} stops an answer, and what was written stays`, {}, async (stage) => {
    const { page } = stage;
    await page.go();
    await page.ask("Tell me a long story");
    const read = await page.saidAtLeast(20);
    await stop(page);
    await page.answers.last().getByText("Stopped.").waitFor();
    await page.answered();
    const stored = await lastStored(stage, page.chat);
    assert.equal(stored.status, "cancelled");
    assert.ok(wordsOf(textOf(stored)).startsWith(wordsOf(read)));
    assert.ok(wordsOf(textOf(stored)).split(" ").length < 1000, "it was stopped, not finished");
    assert.equal(await page.copied(page.answers.last()), textOf(stored));
    await page.reload();
    await page.answers.last().getByText("Stopped.").waitFor();
    assert.equal(await page.copied(page.answers.last()), textOf(stored));
    await page.button("Continue").click();
    await eventually("a further part", async () => (await page.answers.count()) === 2);
    await page.saidAtLeast(3);
    await page.keyboard.press("Escape");
    await page.answered();
  });
}

scenario("a reload in mid-answer goes on with it, to the same text byte for byte", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a story in 900 words, please, with chapters");
  await page.saidAtLeast(40);
  await page.reload();
  await page.stopButton.waitFor();
  assert.equal(await page.answers.last().getAttribute("aria-busy"), "true");
  await watchLastAnswer(page);
  await page.saidAtLeast(150);
  await page.reload();
  await watchLastAnswer(page);
  await page.answered();
  const stored = await lastStored(stage, page.chat);
  await assertOnlyBeginnings(page, textOf(stored));
  assert.equal(stored.status, "complete");
  assert.equal(await page.copied(page.answers.last()), textOf(stored));
  assert.equal(wordsOf(await proseOf(page.answers.last())), wordsOf(textOf(stored)));
  assert.equal(await page.answers.count(), 1);
});

scenario("a connection cut in mid-answer is taken up where it was, without a gap or a repeat", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/net::ERR_INTERNET_DISCONNECTED/);
  await page.go();
  await page.ask("Tell me a story in 300 words");
  await page.saidAtLeast(40);
  await watchLastAnswer(page);
  const resumed = page.raw.waitForRequest(/\/events$/);
  const context = page.raw.context();
  // Offline in the browser leaves open streams alone: this one is ended by a page that is gone for a moment.
  await context.setOffline(true);
  await page.raw.evaluate(() => window.stop());
  await context.setOffline(false);
  await page.answered();
  assert.ok((await resumed).headers()["last-event-id"], "only what is missing is asked for");
  const stored = await lastStored(stage, page.chat);
  await assertOnlyBeginnings(page, textOf(stored));
  assert.equal(await page.copied(page.answers.last()), textOf(stored));
});

scenario("two tabs show one conversation: the second joins the running answer", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a story in 900 words");
  await page.saidAtLeast(20);
  const second = await stage.newTab();
  await second.openConversation(page.chat);
  await second.stopButton.waitFor();
  await Promise.all([page.answered(), second.answered()]);
  const stored = textOf(await lastStored(stage, page.chat));
  for (const tab of [page, second]) {
    await tab.raw.bringToFront();
    assert.equal(await tab.copied(tab.answers.last()), stored);
  }

  // What is said in one is in the other as soon as it is looked at.
  await second.ask("Count the words: one two three");
  await second.answered();
  await page.raw.bringToFront();
  await page.raw.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.answers.getByText("3 words").waitFor();
  assert.equal(await page.questions.count(), 2);

  // Stopped in one, it is stopped in the other.
  await page.ask("Tell me a long story");
  await page.saidAtLeast(10);
  await second.raw.bringToFront();
  await second.raw.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await second.stopButton.waitFor();
  await second.stopButton.click();
  await second.answers.last().getByText("Stopped.").waitFor();
  await page.answers.last().getByText("Stopped.").waitFor();
});

scenario("a question asked in two tabs at the same moment loses neither, and makes one conversation of both", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Hello");
  await page.answered();
  const second = await stage.newTab();
  await second.openConversation(page.chat);
  const tabs = [page, second];
  await second.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await Promise.all([page.composer.fill("Count the words: one two"), second.composer.fill("Count the words: one two three")]);
  await Promise.all(tabs.map((tab) => tab.composer.press("Enter")));
  const messages = await eventually("both are answered", async () => {
    const tree = (await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`)).messages;
    return tree.length === 6 && tree.every(({ status }) => status === "complete") && tree;
  });
  for (const tab of tabs) await eventually("both are in both tabs", async () => (await tab.questions.count()) === 3 && (await tab.answers.count()) === 3);
  const asked = messages.filter(({ role }) => role === "user").map(textOf);
  assert.deepEqual(asked.sort(), ["Count the words: one two", "Count the words: one two three", "Hello"].sort());
  assert.deepEqual(messages.map(({ parentId }) => parentId), [null, ...messages.slice(0, 5).map(({ id }) => id)], "no branch is hidden");
});

scenario("while an answer is written, the view stays where the reader is", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a long story");
  await eventually("the answer is longer than the window", () => page.messages.evaluate((box) => box.scrollHeight > box.clientHeight + 600));
  const atEnd = await page.messages.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  assert.ok(atEnd <= 60, `follows the end: ${atEnd}`);
  const box = await page.messages.boundingBox();
  await page.raw.mouse.move(box.x + 300, box.y + 300);
  await page.raw.mouse.wheel(0, -400);
  await page.button("New below").waitFor();
  const place = () => page.questions.first().evaluate((element) => element.getBoundingClientRect().top);
  const before = await eventually("scrolling has ended", async () => {
    const now = await place();
    await page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    return (await place()) === now && { now };
  });
  const words = wordsOf(await proseOf(page.answers.last())).length;
  await eventually("much more is written", async () => wordsOf(await proseOf(page.answers.last())).length > words + 600);
  assert.ok(Math.abs((await place()) - before.now) <= 1, "it did not move");
  await page.button("New below").click();
  await eventually("the end is in view again", () => page.messages.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight <= 60));
  await page.keyboard.press("Escape");
  await page.answered();
});

scenario("where an answer is being written is seen in the list, also of another device's and of one that was never opened here", {}, async (stage) => {
  const { page } = stage;
  const other = await stage.newWindow();
  await page.go();
  await other.go();
  await page.ask("Tell me a story in 4000 words");
  await page.saidAtLeast(10);
  const running = other.sidebar.locator("[aria-description*='An answer is being written']");
  await running.waitFor();
  stage.allowServerAway();
  await stage.killServer();
  await other.status.getByText(/^Offline/).waitFor();
  await running.waitFor({ state: "detached" });
  await stage.startServerAgain();
  await other.status.getByText(/^Offline/).waitFor({ state: "detached" });
  assert.equal(await running.count(), 0, "it ended with the server");
  await page.write("Tell me a story in 4000 words");
  await running.waitFor();
  await page.stopButton.click();
  await running.waitFor({ state: "detached" });
});
