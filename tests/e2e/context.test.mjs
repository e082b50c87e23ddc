// Conversations that are longer than their model reads: what is given in short is shown, and how full they are.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.CONTEXT_SHOTS;
const isForSummary = ({ messages }) => JSON.stringify(messages[0]).includes("You keep a conversation short");

/** A conversation with the owl, who reads 3,000 tokens, of which so many questions and answers take 650 each; answers its id. */
async function long(stage, turns, word = "bees ") {
  stage.vendor.reads("owl", 6_000);
  const id = ulid();
  await stage.api("POST", "/api/conversations", { id, title: "A long one" });
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const role of ["user", "assistant"]) await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: textBlock(`${role} ${turn}. ${word.repeat(Math.ceil(960 / word.length))}`) });
  }
  return id;
}

/** Asks until an answer was given the summary `words`. */
async function useSummary({ page, vendor }, id, words) {
  vendor.says("owl", words);
  await page.openConversation(id);
  await page.chooseModel(/owl/);
  await page.ask("What came first?");
  await page.answered();
  await eventually("a summary is asked for", () => vendor.asked.some(isForSummary));
  const count = () => vendor.asked.filter(isForSummary).length;
  let before = 0;
  await eventually("all of it", async () => {
    const now = count();
    const isStill = now === before;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return isStill && count() === now;
  });
  vendor.says("owl", "I have read it in short.");
  await page.ask("And then?");
  await page.answered();
  await page.answers.last().getByText("I have read it in short.").waitFor();
}

const view = (scope) => scope.getByRole("button", { name: "Earlier messages, in short" });

scenario("what a model was given in short is shown where it was given, on each device and offline", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  const id = await long(stage, 5);
  await useSummary(stage, id, "They spoke of bees.");
  const asked = vendor.asked.findLast((one) => !isForSummary(one));
  const said = JSON.stringify(asked.messages);
  assert.equal(said.split("They spoke of bees.").length - 1, 2, "the summary, and the answer that said the same words");
  assert.ok(!said.includes("user 1."), "the messages themselves are not given");
  assert.ok(!said.includes("context_summary"));

  const answer = page.answers.last();
  await answer.getByText("This model was given the earlier messages in short.").waitFor();
  const fold = view(answer);
  assert.equal(await fold.getAttribute("aria-expanded"), "false");
  await fold.focus();
  await page.keyboard.press("Enter");
  await answer.getByText("They spoke of bees.").waitFor();
  await answer.getByText(/wrote this summary, and was given it in the place of the first \d+ messages/).waitFor();
  await page.raw.evaluate(() => {
    navigator.clipboard.writeText = async (text) => void (window.copied = text);
  });
  await page.button("Copy", answer).click();
  await eventually("the words of the answer alone", async () => (await page.raw.evaluate(() => window.copied)) === "I have read it in short.");

  const full = page.raw.getByRole("img", { name: /^How full the conversation is/ });
  assert.match(await full.getAttribute("aria-label"), /About \d+% of the 6,000 tokens that owl reads at once/);

  const other = await stage.newWindow({ viewport: { width: 360, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true });
  await other.openConversation(id);
  await other.answers.last().getByText("I have read it in short.").waitFor();
  await view(other.answers.last()).waitFor();
  stage.allowServerAway();
  await stage.killServer();
  await view(other.answers.last()).click();
  await other.answers.last().getByText("They spoke of bees.").waitFor();
  if (shots) await other.raw.screenshot({ path: `${shots}/context-phone-dark.png` });
  if (shots) await page.raw.screenshot({ path: `${shots}/context.png` });
  await stage.startServerAgain();
});

scenario("on a phone, in the dark and from right to left it fits", { vendor: true }, async (stage) => {
  const id = await long(stage, 5, "דבורים ");
  await useSummary(stage, id, "הם דיברו על דבורים ועל תה, ועל מה שהדבורים עושות בחורף כשאין פרחים.");
  const page = await stage.newWindow({ viewport: { width: 360, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true });
  await page.openConversation(id);
  const answer = page.answers.last();
  await view(answer).tap();
  await answer.getByText(/הם דיברו על דבורים/).first().waitFor();
  assert.equal(await answer.getByText(/הם דיברו על דבורים/).first().evaluate((element) => getComputedStyle(element.closest("[dir]")).direction), "rtl");
  await page.raw.evaluate(() => (document.documentElement.dir = "rtl"));
  assert.ok(await page.raw.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
  if (shots) await page.raw.screenshot({ path: `${shots}/context-rtl.png` });
  await page.raw.evaluate(axe);
  const { violations } = await page.raw.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }));
  assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id: name, nodes }) => [name, nodes[0].html.slice(0, 200)]), []);
});

scenario("a conversation that is nearly full says so before it is", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  const id = await long(stage, 4);
  vendor.reads("owl", 3_000);
  vendor.says("owl", "Yes.");
  await page.openConversation(id);
  const full = page.raw.getByRole("img", { name: /^How full the conversation is/ });
  await page.chooseModel(/owl/);
  await full.waitFor();
  assert.match(await full.getAttribute("aria-label"), /The oldest messages will be given to it in short, or left out\.$/);
  await page.chooseModel(/parrot/);
  await full.waitFor({ state: "detached" });
});

scenario("what an answer took and cost is told in its menu, where that is known", {}, async (stage) => {
  const { page } = stage;
  const [id, ...ids] = Array.from({ length: 5 }, ulid);
  const usages = [undefined, { inputTokens: 1_234, outputTokens: 56, costNanoUsd: 1_400_000 }, undefined, { inputTokens: 7, outputTokens: 8 }];
  const messages = ["One?", "One.", "Two?", "Two."].map((text, at) => ({
    id: ids[at], parentId: ids[at - 1] ?? null, role: at % 2 ? "assistant" : "user", content: textBlock(text), status: "complete", createdAt: Date.now(), metadata: {}, ...(usages[at] && { usage: usages[at] }),
  }));
  const now = Date.now();
  const file = { format: "threadkeep", version: 1, exportedAt: now, conversations: [{ id, title: "Costs", titleSource: "user", createdAt: now, updatedAt: now, tags: [], headId: ids[3], metadata: {}, messages }] };
  await stage.api("POST", "/api/import?name=costs.json", JSON.stringify(file));
  await page.openConversation(id);
  for (const [at, words] of [["One.", "1,234 tokens read, 56 written, $0.0014"], ["Two.", "7 tokens read, 8 written"]]) {
    await page.button("More actions", page.answers.filter({ hasText: at })).click();
    await page.raw.getByRole("menu").getByText(words, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
  }
});
