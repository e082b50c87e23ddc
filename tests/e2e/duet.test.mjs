// Two models that talk to each other: begun from the palette or the model's menu, watched from a second window, found again after a reload, stopped, gone on with.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

const pieces = (word, count) => Array.from({ length: count }, (_, n) => `${word}${n} `);
const messagesOf = async (stage) => (await stage.api("GET", `/api/conversations/${stage.page.chat}/messages`)).messages;
const bar = (page) => page.raw.getByRole("group", { name: "Duet" });

async function begin(page, { prompt = "Talk about tea.", turns }) {
  const dialog = page.raw.getByRole("dialog", { name: "Let two models talk" });
  await dialog.getByLabel("What they talk about").fill(prompt);
  await dialog.getByLabel("Speaks first").selectOption("openai/owl");
  await dialog.getByLabel("Answers", { exact: true }).selectOption("openai/parrot");
  await dialog.getByLabel("Answers in all").fill(String(turns));
  await dialog.getByRole("button", { name: "Start" }).click();
}

async function openByPalette(page) {
  await page.button("Model: owl").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Let two");
  await page.raw.getByRole("option", { name: "Let two models talk to each other" }).waitFor();
  await page.keyboard.press("Enter");
}

scenario("two models talk in turn, each by its name, to the end; and then go on", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  await page.go();
  await openByPalette(page);
  await begin(page, { turns: 3 });
  await bar(page).getByText("3 of 3 turns").waitFor();
  const messages = await messagesOf(stage);
  assert.deepEqual(messages.map(({ model }) => model ?? null), [null, "openai/owl", "openai/parrot", "openai/owl"]);
  await page.raw.getByRole("article", { name: "Answer" }).nth(1).getByRole("heading", { name: "parrot", exact: true }).waitFor();
  const [said] = vendor.asked[1].messages.filter(({ role }) => role !== "system");
  assert.equal(said.role, "user");
  assert.match(JSON.stringify(said.content), /Talk about tea\..*I am the owl\./, "the other one is heard as the user");
  await bar(page).getByLabel("Further turns").fill("1");
  await bar(page).getByRole("button", { name: "Go on" }).click();
  await bar(page).getByText("4 of 4 turns").waitFor();
  const more = await messagesOf(stage);
  assert.equal(more.length, 5);
  assert.equal(more.at(-1).model, "openai/parrot");
  // The same turn again is said by the same one, as a sibling.
  await page.raw.getByRole("article", { name: "Answer" }).last().getByRole("button", { name: "Ask again" }).click();
  await page.raw.getByRole("article", { name: "Answer" }).last().getByRole("group", { name: "Other answers" }).waitFor();
  const again = (await messagesOf(stage)).at(-1);
  assert.equal(again.model, "openai/parrot");
  assert.equal(again.parentId, more.at(-2).id);
});

scenario("a duet is watched from a second window, found again after a reload, and stopped at its turn", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", ...pieces("whoo", 200));
  vendor.says("parrot", ...pieces("squawk", 200));
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menuitem", { name: "Let two models talk…" }).click();
  await begin(page, { turns: 50 });
  await bar(page).getByText(/turn ([2-9]|\d\d) of 50/).waitFor();

  const other = await stage.newWindow();
  await other.openConversation(page.chat);
  await bar(other).getByText(/turn ([3-9]|\d\d) of 50/).waitFor();
  await other.answers.last().getByText(/(whoo|squawk)\d/).first().waitFor();

  await page.reload();
  await bar(page).getByText(/turn ([4-9]|\d\d) of 50/).waitFor();
  await bar(page).getByRole("button", { name: "Stop the duet" }).click();
  await bar(page).getByRole("button", { name: "Go on" }).waitFor();
  await bar(other).getByRole("button", { name: "Go on" }).waitFor();
  const messages = await messagesOf(stage);
  assert.equal(messages.at(-1).status, "cancelled");
  assert.ok(messages.slice(1, -1).every(({ status }) => status === "complete"));
  const calls = vendor.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(vendor.asked.length, calls, "nobody is asked any more");
  assert.equal((await messagesOf(stage)).length, messages.length);
});

scenario("a model that fails ends the duet with its reason, and has its turn again", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.fails("parrot", 503, "The parrot sleeps.");
  await page.go();
  await openByPalette(page);
  await begin(page, { turns: 4 });
  await page.answers.last().getByText(/The parrot sleeps/).waitFor();
  await bar(page).getByText("1 of 4 turns").waitFor();
  vendor.says("parrot", "I am awake.");
  await bar(page).getByRole("button", { name: "Go on" }).click();
  await bar(page).getByText("4 of 4 turns").waitFor();
  const path = await messagesOf(stage);
  assert.deepEqual(path.map(({ status }) => status), ["complete", "complete", "complete", "complete", "complete"]);
});

scenario("the server is killed in the middle: what was said stays, and the duet can go on", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", ...pieces("whoo", 2_000)); // for longer than a kill takes
  vendor.says("parrot", ...pieces("squawk", 300));
  await page.go();
  await openByPalette(page);
  await begin(page, { turns: 30 });
  await bar(page).getByText(/turn 3 of 30/).waitFor();
  await page.answers.last().getByText(/whoo20/).waitFor();
  stage.allowServerAway();
  await stage.killServer();
  await stage.startServerAgain();
  await page.answers.last().getByText("Broke off when the server restarted. What came is kept.").waitFor();
  await bar(page).getByText("3 of 30 turns").waitFor();
  vendor.says("parrot", "Where were we?");
  await bar(page).getByLabel("Further turns").fill("1");
  await bar(page).getByRole("button", { name: "Go on" }).click();
  await page.answers.last().getByText("Where were we?").waitFor();
  await eventually("four turns were said", async () => (await messagesOf(stage)).length === 5);
});

scenario("on a phone the dialog and the bar fit", { vendor: true, window: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menuitem", { name: "Let two models talk…" }).click();
  await page.raw.getByRole("dialog", { name: "Let two models talk" }).waitFor();
  await page.assertFitsSideways();
  await begin(page, { turns: 2 });
  await bar(page).getByText("2 of 2 turns").waitFor();
  await page.assertFitsSideways();
});
