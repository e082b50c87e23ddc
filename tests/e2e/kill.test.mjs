// The promise of the program: nothing that was said is lost when the server dies in mid-answer.
import assert from "node:assert/strict";
import { eventually, readEvents, scenario } from "./harness.mjs";
import { largeExport } from "./exports.mjs";
import { proseOf, wordsOf } from "./page.mjs";

const question = "Tell me a long story";
const textOf = (message) => message.content.map(({ text }) => text ?? "").join("");

async function imported(stage) {
  const { text } = largeExport();
  await stage.api("POST", "/api/import?name=conversations.json", text);
  const { conversations } = await stage.api("GET", "/api/conversations?limit=10");
  return conversations.find(({ messageCount }) => messageCount >= 5);
}

scenario("a server killed in mid-answer loses neither the question nor what was answered", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  const conversation = await imported(stage);
  await page.openConversation(conversation.id);
  // The model that it was held with is not connected here.
  await page.chooseModel(/Built.in/i);
  const before = await stage.api("GET", `/api/conversations/${conversation.id}/messages`);

  await page.ask(question);
  const read = await page.saidAtLeast(30);
  await page.saidAtLeast(120);
  await stage.killServer();
  await page.main.getByText("The connection was lost. What came is kept. Reconnecting…").waitFor();
  assert.ok(wordsOf(await proseOf(page.answers.last())).startsWith(wordsOf(read)), "what was read stays on the page");
  await stage.startServerAgain();
  await page.reload();

  await page.questions.getByText(question, { exact: true }).waitFor();
  assert.equal(await page.questions.getByText(question, { exact: true }).count(), 1);
  const half = page.answers.last();
  await half.getByText("Broke off when the server restarted. What came is kept.").waitFor();
  const kept = wordsOf(await proseOf(half));
  assert.ok(kept.startsWith(wordsOf(read)), `kept: ${kept}\n\nread a second before the end: ${read}`);
  assert.equal(await half.getAttribute("aria-busy"), "false");

  const stored = (await stage.api("GET", `/api/conversations/${conversation.id}/messages`)).messages;
  assert.deepEqual(
    stored.slice(0, -2).map(({ id, content }) => ({ id, content })),
    before.messages.map(({ id, content }) => ({ id, content })),
    "what was there before is there, and once",
  );
  const asked = stored.at(-2);
  let cut = stored.at(-1);
  assert.equal(textOf(asked), question);
  assert.equal(cut.status, "interrupted");
  // What this device had read beyond the last checkpoint may come back as a message beside it at this moment.
  await eventually("the page shows what is stored", async () => {
    const { messages } = await stage.api("GET", `/api/conversations/${conversation.id}/messages`);
    cut = messages.at(-1);
    return wordsOf(textOf(cut)) === wordsOf(await proseOf(page.answers.last()));
  });

  await page.button("Continue", half).click();
  await eventually("a further answer is begun", async () => (await half.getByText("Broke off when the server restarted.").count()) === 0);
  await page.saidAtLeast(30);
  await page.stopButton.click();
  await page.answered();
  const rest = (await stage.api("GET", `/api/conversations/${conversation.id}/messages`)).messages.at(-1);
  assert.equal(rest.parentId, cut.id);
  assert.equal(rest.status, "cancelled");
  assert.equal(wordsOf(await proseOf(page.answers.last())), wordsOf(textOf(rest)));

  // The same question at the same place has the same answer: what was kept and what came then are its beginning.
  const whole = await answerAgain(stage, asked, textOf(cut).length + textOf(rest).length);
  assert.ok(whole.startsWith(textOf(cut) + textOf(rest)), "no word is missing or doubled where it was cut");
});

/** Asks by the API, and stops when the answer is longer than `characters`. */
async function answerAgain(stage, asked, characters) {
  const response = await fetch(`${stage.base}/api/conversations/${asked.conversationId}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ parentId: asked.id, models: ["builtin"] }),
  });
  let text = "";
  await readEvents(response, ({ event, data }) => {
    if (event === "delta") text += data.text;
    return text.length > characters;
  });
  await response.body.cancel().catch(() => {});
  return text;
}

scenario("an answer that was cut is continued without a reload when the server comes back", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask(question);
  const read = await page.saidAtLeast(60);
  await stage.killServer();
  await page.main.getByText("Reconnecting…").waitFor();
  await stage.startServerAgain();
  await page.answers.last().getByText("Broke off when the server restarted.").waitFor();
  const half = wordsOf(await proseOf(page.answers.last()));
  assert.ok(half.length > 0 && (half.startsWith(wordsOf(read)) || wordsOf(read).startsWith(half)));
  await page.button("Continue").click();
  await eventually("the next part is begun", async () => (await page.answers.count()) === 2);
  await page.saidAtLeast(10);
  await page.keyboard.press("Escape");
  await page.answers.last().getByText("Stopped.").waitFor();
});

scenario("what was read of an answer before the server was killed is there after it, in every tab and at the server, and is continued", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  await page.go();
  await page.ask(question);
  await page.saidAtLeast(60);
  // What is read after the server's last checkpoint: the stream is ahead of the store at nearly every moment.
  const text = () => page.answers.last().locator(".prose").innerText();
  await stage.killServer();
  await page.main.getByText("Reconnecting…").waitFor();
  const read = wordsOf(await text());
  // The page dies too, and is opened again while nobody else has it.
  const conversation = page.chat;
  await page.raw.waitForTimeout(300);
  await page.raw.close();
  await stage.startServerAgain();
  const later = await stage.newTab(page.raw.context());
  await later.openConversation(conversation);
  const half = later.answers.last();
  await half.getByText("Broke off when the server restarted. What came is kept.").waitFor();
  await eventually("all that was read is there", async () => wordsOf(await proseOf(later.answers.last())).startsWith(read));
  const { messages } = await eventually("the server has it", async () => {
    const answer = await stage.api("GET", `/api/conversations/${conversation}/messages`);
    return wordsOf(textOf(answer.messages.at(-1))).startsWith(read) && answer;
  });
  const all = (await stage.api("GET", `/api/conversations/${conversation}/messages?all=true`)).messages;
  const cut = all.find(({ id }) => id !== messages.at(-1).id && id === messages.at(-1).metadata.seenOf);
  if (cut) {
    assert.equal(cut.status, "interrupted");
    assert.ok(textOf(messages.at(-1)).startsWith(textOf(cut)), "the server's own text is as it was");
    await later.answers.last().getByText("Its last words come from a device that had read them.").waitFor();
  }
  await later.button("Continue").click();
  await eventually("the next part is begun", async () => (await later.answers.count()) === 2);
  await later.saidAtLeast(10);
  await later.keyboard.press("Escape");
  await later.answered();
  const rest = (await stage.api("GET", `/api/conversations/${conversation}/messages`)).messages.at(-1);
  assert.equal(rest.parentId, messages.at(-1).id, "it goes on from what was read");
});
