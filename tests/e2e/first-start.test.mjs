// The first minute: what this is, a first question, and the address that keeps it.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { proseOf } from "./page.mjs";

scenario("the first start explains itself and offers things to try", {}, async ({ page }) => {
  await page.go();
  await page.raw.getByRole("heading", { level: 1, name: "Your conversations, kept." }).waitFor();
  await page.raw.getByText("stored on your own server").waitFor();
  const ideas = page.raw.getByRole("list", { name: "Things to try" }).getByRole("button");
  assert.equal(await ideas.count(), 3);
  await ideas.first().click();
  assert.equal(await page.composer.inputValue(), "Show me a sample");
  await page.isFocused(page.composer);
  await page.button("Import your history").waitFor();
  await page.raw.getByText("No AI model is connected yet.").waitFor();
  await page.button("Model: Built-in").waitFor();
  await page.sidebar.getByText("Your conversations will be listed here.").waitFor();
});

scenario("every idea of the first start is one that the built-in model can do", {}, async ({ page }) => {
  for (const index of [0, 1, 2]) {
    await page.go();
    await page.button("Model: Built-in").waitFor();
    const idea = page.raw.getByRole("list", { name: "Things to try" }).getByRole("button").nth(index);
    await idea.click();
    await page.composer.press("Enter");
    await page.saidAtLeast(10);
    assert.doesNotMatch(await proseOf(page.answers.last()), /I do not understand/);
    await page.keyboard.press("Escape");
    await page.answered();
    await page.act(await page.items.first().innerText(), "Delete");
    await page.items.first().waitFor({ state: "detached" });
    await page.raw.reload();
  }
});

scenario("where no model is connected, the way to connect one is one press away, and it is found once it is there", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.button("Connect one").click();
  await page.dialog.getByRole("heading", { name: "Models and keys" }).waitFor();
  await page.dialog.getByText("Nobody yet, but for the built-in program.").waitFor();
  await page.dialog.getByRole("combobox", { name: "Add a vendor" }).selectOption("Ollama");
  await page.button("Add", page.dialog).waitFor();
});

scenario("a first question is answered word by word, gets a title and an address that lasts", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.isFocused(page.composer);
  await page.ask("Hello, who are you?");
  const early = await page.saidAtLeast(5);
  const later = await eventually("the answer grows", async () => {
    const text = await proseOf(page.answers.last());
    return text.length > early.length && text;
  });
  // The first words may be there before what draws markdown is: its signs go then, the words stay.
  const wordsOf = (text) => text.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  assert.ok(wordsOf(later).startsWith(wordsOf(early)), `what was read does not change: ${early} | ${later}`);
  await page.answered();

  assert.match(page.raw.url(), /\/\?chat=[0-9A-HJKMNP-TV-Z]{26}$/);
  await page.item("Hello, who are you?").waitFor();
  assert.equal(await page.item("Hello, who are you?").getAttribute("aria-current"), "page");
  assert.equal(await page.raw.title(), "Hello, who are you? · Threadkeep");

  const shown = await page.articles.allInnerTexts();
  await page.reload();
  await eventually("the same is shown after a reload", async () => JSON.stringify(await page.articles.allInnerTexts()) === JSON.stringify(shown));
  await page.item("Hello, who are you?").waitFor();

  const elsewhere = await stage.newWindow();
  await elsewhere.openConversation(page.chat);
  assert.equal(await proseOf(elsewhere.answers.last()), await proseOf(page.answers.last()));
});

scenario("back and forward walk through what was open", {}, async ({ page }) => {
  await page.go();
  await page.ask("Hello");
  await page.answered();
  const first = page.chat;
  await page.keyboard.press("Control+Shift+O");
  await page.raw.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(page.chat, null);
  await page.ask("Count the words: one two three");
  await page.answered();
  const second = page.chat;
  assert.notEqual(second, first);

  await page.raw.goBack();
  await page.raw.getByRole("heading", { level: 1, name: "What is on your mind?" }).waitFor();
  await page.raw.goBack();
  assert.equal(page.chat, first);
  await page.questions.getByText("Hello", { exact: true }).waitFor();
  await page.raw.goForward();
  await page.raw.goForward();
  assert.equal(page.chat, second);
  await page.questions.getByText("Count the words: one two three").waitFor();
  await page.answers.getByText("3 words").waitFor();
});

scenario("an address that leads nowhere says so", {}, async (stage) => {
  stage.allow(/status of 404/);
  const { page } = stage;
  for (const address of ["/?chat=01ARZ3NDEKTSV4RRFFQ69G5FAV", "/?chat=nonsense"]) {
    await page.go(address);
    await page.raw.getByRole("heading", { name: "This conversation is not here." }).waitFor();
  }
  await page.main.or(page.raw.locator("body")).first().getByRole("button", { name: "New conversation", exact: true }).click();
  await page.raw.getByRole("heading", { level: 1, name: "Your conversations, kept." }).waitFor();
});

scenario("a question asked before it is known who can answer is answered all the same", {}, async (stage) => {
  const { page } = stage;
  const held = [];
  await page.raw.route("**/api/models", (route) => void held.push(route));
  await page.go();
  await page.isFocused(page.composer);
  await page.keyboard.type("Count the words: one two three");
  await page.keyboard.press("Enter");
  await eventually("the list of models is asked for", () => held.length > 0);
  await page.questions.or(page.raw.getByRole("article", { name: "Question that was not sent" })).first().waitFor();
  for (const route of held) await route.continue();
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
});
