// What failed says what it is, and what can be done about it.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const withVendor = { vendor: true };

async function askOwl(page, text = "Hello") {
  await page.go();
  await page.chooseModel(/owl/);
  await page.ask(text);
  await page.answered();
}

scenario("a refused key, too many requests and a model that is not there are told apart, with what can be done", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.fails("owl", 401, "Incorrect API key provided: sk-abc");
  await askOwl(page);
  const answer = page.answers.last();
  await answer.getByText("Check the key.", { exact: true }).waitFor();
  await answer.getByText(/refused the API key \(401\)\. Check the key in the settings of this server\. Your question is safe\./).waitFor();
  vendor.fails("owl", 429, "Slow down", { "retry-after": "20" });
  await page.button("Try again", answer).click();
  await page.answers.last().getByText("Too many requests for the moment.").waitFor();
  await page.answers.last().getByText(/try again in 20 s/).waitFor();
  vendor.says("owl", "Now it works.");
  await page.button("Try again", page.answers.last()).click();
  await page.answers.getByText("Now it works.").waitFor();
});

scenario("an answer that broke off keeps what came and is continued, and nothing in its middle says that it stopped", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.breaks("owl", "The first half, ");
  await askOwl(page);
  const first = page.answers.first();
  await first.getByText("Broke off. What came is kept.").waitFor();
  await first.getByText("The first half,").waitFor();
  vendor.says("owl", "and the rest.");
  await page.button("Continue", first).click();
  await page.answers.getByText("and the rest.").waitFor();
  await page.answered();
  assert.equal(await page.main.getByText(/Broke off|Stopped/).count(), 0, "it did not end there");

  await page.chooseModel(/Built.in/i);
  await page.ask("Tell me a long story");
  await page.saidAtLeast(20);
  await page.stopButton.click();
  const half = page.answers.last();
  await half.getByText("Stopped.", { exact: true }).waitFor();
  await page.button("Continue", half).click();
  await page.stopButton.waitFor();
  await page.saidAtLeast(5);
  assert.equal(await page.main.getByText("Stopped.", { exact: true }).count(), 0);
  await page.keyboard.press("Escape");
  await page.answered();
});

scenario("an answer that was cut by its length says so, and is continued", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.cuts("owl", "As much as fits, ");
  await askOwl(page);
  const cut = page.answers.first();
  await cut.getByText("Cut off by its length.").waitFor();
  vendor.says("owl", "and what did not.");
  await page.button("Continue", cut).click();
  await page.answers.getByText("and what did not.").waitFor();
  await page.answered();
  assert.equal(await page.main.getByText("Cut off by its length.").count(), 0, "it did not end there");
  const { messages } = vendor.asked.at(-1);
  assert.ok(JSON.stringify(messages).includes("As much as fits,"), "the model sees what it had said");
});

scenario("a conversation that is longer than the model's window says what the model was not given", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.reads("owl", 4_000);
  const conversation = ulid();
  await stage.api("POST", "/api/conversations", { id: conversation, title: "A long one" });
  for (const [role, text] of [["user", "The first words. ".repeat(200)], ["assistant", "The second words. ".repeat(200)]]) {
    await stage.api("POST", `/api/conversations/${conversation}/messages`, { id: ulid(), role, content: textBlock(text) });
  }
  vendor.says("owl", "I have read what I could.");
  await page.openConversation(conversation);
  await page.chooseModel(/owl/);
  await page.ask("What came first?");
  await page.answered();
  const answer = page.answers.last();
  await answer.getByText("The conversation is longer than what this model was given.").waitFor();
  // A summary may have been asked for since.
  const { messages } = vendor.asked.find((one) => JSON.stringify(one.messages).includes("What came first?"));
  assert.ok(!JSON.stringify(messages).includes("The first words."));
  assert.ok(JSON.stringify(messages).includes("The second words."));
  await page.button("Show where it began to read", answer).click();
  await page.raw.waitForURL(/message=/);
});

scenario("the model is changed in the middle of a conversation, and the next one gets all that was said", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", "I am the owl.");
  vendor.says("parrot", "And I am the parrot.");
  await askOwl(page, "Who is there?");
  await page.chooseModel(/parrot/);
  await page.ask("And who now?");
  await page.answered();
  await page.answers.getByText("And I am the parrot.").waitFor();
  const { model, messages } = vendor.asked.at(-1);
  assert.equal(model, "parrot");
  assert.deepEqual(messages.filter(({ role }) => role !== "system").map(({ role, content }) => [role, content]), [["user", "Who is there?"], ["assistant", "I am the owl."], ["user", "And who now?"]]);
  const row = await stage.api("GET", `/api/conversations/${page.chat}`);
  assert.equal(row.model, "openai/parrot", "the conversation keeps the new one");
  await page.reload();
  await page.button("Model: parrot").waitFor();
});

scenario("an answer without a word says so, and is asked for again", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl");
  await askOwl(page);
  await page.answers.last().getByText("No answer came: the model ended without a word.").waitFor();
  vendor.says("owl", "Here I am.");
  await page.button("Try again", page.answers.last()).click();
  await page.answers.getByText("Here I am.").waitFor();
});

scenario("a tool that is not there, and a model that asks for tools for ever, are named", withVendor, async (stage) => {
  const { page, vendor } = stage;
  vendor.calls("owl", "no_such_tool");
  await askOwl(page);
  await page.answers.last().getByText("The model asked for tools again and again and came to no answer.").waitFor();
  await page.answers.last().getByText("There is no tool with that name.").first().waitFor();
});

scenario("under a message that was not sent nobody thinks", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  stage.allow(/status of 422/);
  await page.raw.route("**/generations", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/invalid", title: "Refused", status: 422, detail: "Refused for this test." }) }));
  await page.write("Hello");
  await page.raw.getByRole("article", { name: "Question that was not sent" }).getByText("Refused for this test.").waitFor();
  assert.equal(await page.answers.count(), 0);
  assert.equal(await page.main.getByText("Thinking").count(), 0);
});

scenario("a row that breaks every rule is shown with what can be read, and the conversation goes on", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "Odd" });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock("Do bees sleep?") });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock("They do.") });
  const odd = (message) => (message.role === "assistant" ? { ...message, status: "error", error: { type: 7, detail: { code: "odd" } }, usage: "many", content: [...message.content, { type: "text", text: { no: "text" } }, { type: "source", url: 7, title: { a: 1 } }, null] } : message);
  await page.raw.route(/\/api\/(snapshot|conversations\/changes|conversations\/[^/]+\/messages)\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ response, json: { ...body, messages: body.messages?.map(odd) } });
  });
  await page.openConversation(id);
  await page.answers.getByText("They do.").waitFor();
  await page.answers.getByText('{"no":"text"}').waitFor();
  await page.answers.getByText('{"code":"odd"}').waitFor();
  await page.ask("Count the words: one two");
  await eventually("it goes on", async () => (await page.answers.count()) === 2);
});
