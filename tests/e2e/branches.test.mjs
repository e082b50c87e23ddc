// Nothing is overwritten: an edited question, an answer asked again and the answers of several models stand side by side.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const count = "Count the words: one two three";
const recount = "Count the words: one two three four five";

const branch = (article, at, of) => article.getByText(`${at}/${of}`, { exact: true });

scenario("an edited question becomes a sibling, and both branches stay", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask(count);
  await page.answered();
  await page.ask("Hello");
  await page.answered();

  const first = page.questions.first();
  await first.hover();
  await page.button("Edit and ask again", first).click();
  const editor = page.raw.getByRole("textbox", { name: "Edit the question" });
  assert.equal(await editor.inputValue(), count);
  await editor.fill(recount);
  await page.button("Ask").click();
  await page.answers.getByText("5 words").waitFor();
  await page.answered();
  assert.equal(await page.questions.count(), 1, "what followed the other wording belongs to it");
  await branch(page.questions.first(), 2, 2).waitFor();

  await page.questions.first().hover();
  await page.button("Previous wording").click();
  await page.questions.getByText(count, { exact: true }).waitFor();
  await branch(page.questions.first(), 1, 2).waitFor();
  await page.answers.getByText("3 words").waitFor();
  await page.questions.getByText("Hello", { exact: true }).waitFor();
  assert.equal(await page.answers.count(), 2);

  await page.reload();
  await page.questions.getByText(count, { exact: true }).waitFor();
  await branch(page.questions.first(), 1, 2).waitFor();
  await page.questions.first().hover();
  await page.button("Next wording").click();
  await page.answers.getByText("5 words").waitFor();
  await page.reload();
  await page.answers.getByText("5 words").waitFor();
  await branch(page.questions.first(), 2, 2).waitFor();

  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`);
  assert.equal(messages.length, 6, "nothing was erased");
});

scenario("asking again keeps both answers, and goes on from the one that is shown", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask(count);
  await page.answered();
  await page.answers.first().hover();
  await page.button("Ask again").click();
  await branch(page.answers.first(), 2, 2).waitFor();
  await page.answered();
  assert.equal(await page.answers.count(), 1);
  await page.button("Previous answer").click();
  await branch(page.answers.first(), 1, 2).waitFor();
  await page.ask("Hello");
  await page.answered();
  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages`);
  assert.equal(messages.length, 4);
  assert.deepEqual(messages[1].siblingIds?.indexOf(messages[1].id), 0);
  assert.equal(messages[2].parentId, messages[1].id);
});

scenario("several models answer side by side, and one can be chosen", { vendor: true }, async (stage) => {
  const { page } = stage;
  stage.vendor.says("parrot", "Squawk, says the parrot.");
  stage.vendor.says("owl", "Whoo, says the owl.");
  await page.go();
  await page.button("Model: owl").click();
  await page.raw.getByRole("menuitemcheckbox", { name: "Ask several at once" }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: /^parrot/ }).click();
  await page.keyboard.press("Escape");
  await page.button("Model: owl, parrot").waitFor();
  await page.write("What do you say?");
  await page.answers.getByText("Whoo, says the owl.").waitFor();
  await page.answers.getByText("owl", { exact: true }).waitFor();
  await page.answers.getByText("Squawk, says the parrot.").waitFor();
  await page.answered();
  await page.button("Show one").click();
  await branch(page.answers.first(), 1, 2).waitFor();
  await page.answers.first().hover();
  await page.button("Next answer").click();
  await page.answers.getByText("Squawk, says the parrot.").waitFor();
  await page.answers.getByText("parrot", { exact: true }).waitFor();
  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`);
  assert.deepEqual(messages.map(({ model }) => model ?? "").sort(), ["", "openai/owl", "openai/parrot"].sort());
});

scenario("a branch chosen elsewhere is the one that opens here", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid() });
  const question = { id: ulid(), role: "user", content: textBlock("Which?") };
  await stage.api("POST", `/api/conversations/${id}/messages`, question);
  const answers = [ulid(), ulid(), ulid()];
  for (const [index, answer] of answers.entries()) {
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: answer, parentId: question.id, role: "assistant", content: textBlock(`Answer number ${index + 1}`) });
  }
  await stage.api("PATCH", `/api/conversations/${id}`, { headId: answers[1] });
  await page.openConversation(id);
  await page.answers.getByText("Answer number 2").waitFor();
  await branch(page.answers.first(), 2, 3).waitFor();
});

scenario("the model's failure is said in words, and the question is safe", { vendor: true }, async (stage) => {
  const { page } = stage;
  stage.vendor.fails("owl", 429, "You have asked too often.");
  await page.go();
  await page.button("Model: owl").waitFor();
  await page.write("What do you say?");
  await page.answers.getByText("Too many requests for the moment.").waitFor();
  await page.answers.getByText("Your question is safe.").waitFor();
  stage.vendor.says("owl", "Whoo, says the owl.");
  await page.button("Try again", page.answers.last()).click();
  await page.answers.getByText("Whoo, says the owl.").waitFor();
  await page.answered();
  await eventually("the question is there once", async () => (await page.questions.count()) === 1);
});
