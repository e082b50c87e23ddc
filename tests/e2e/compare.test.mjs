// One question to several models: their answers stream beside each other, each can be stopped, and one is chosen to go on from.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

const answerOf = (page, name) => page.answers.last().locator("section", { has: page.raw.getByRole("heading", { name, exact: true }) });

async function chooseBoth(page) {
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: "Ask several at once" }).click();
  for (const name of [/^owl/, /^parrot/]) {
    const line = page.raw.getByRole("menuitemcheckbox", { name });
    if ((await line.getAttribute("aria-checked")) !== "true") await line.click();
  }
  await page.keyboard.press("Escape");
  await page.button("Model: owl, parrot").waitFor();
}

const pieces = (word, count) => Array.from({ length: count }, (_, n) => `${word} ${n} `);
const treeOf = async (stage) => (await stage.api("GET", `/api/conversations/${stage.page.chat}/messages?all=true`)).messages;

scenario("two models stream side by side, one is stopped and the other goes on, and one of them is gone on from", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", ...pieces("whoo", 12_000));
  vendor.says("parrot", ...pieces("squawk", 12_000));
  await page.go();
  await chooseBoth(page);
  await page.write("Say something long");
  const [owl, parrot] = [answerOf(page, "owl"), answerOf(page, "parrot")];
  await owl.getByText(/whoo 20/).waitFor();
  await parrot.getByText(/squawk 20/).waitFor();
  // At one moment: the view moves while they grow.
  const boxes = await page.answers.last().locator("section").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ x, y }) => ({ x, y })));
  assert.ok(Math.abs(boxes[0].y - boxes[1].y) < 2 && Math.abs(boxes[0].x - boxes[1].x) > 200, "they stand beside each other");
  await page.button("Stop parrot").click();
  await parrot.getByText("Stopped.", { exact: true }).waitFor();
  assert.equal(await page.button("Stop owl").count(), 1, "the other one goes on");
  await page.stopButton.click();
  await page.answered();
  const stored = await treeOf(stage);
  assert.deepEqual(stored.map(({ status }) => status).sort(), ["cancelled", "cancelled", "complete"]);
  for (const { model, content } of stored.slice(1)) assert.match(content[0].text, model === "openai/owl" ? /^whoo 0 whoo 1 / : /^squawk 0 squawk 1 /);

  await page.reload();
  await answerOf(page, "owl").waitFor();
  await page.button("Go on from the answer of parrot").click();
  await answerOf(page, "parrot").getByText("Goes on from here").waitFor();
  vendor.says("owl", "And so on.");
  vendor.says("parrot", "And so forth.");
  await page.ask("And then?");
  await page.answered();
  const all = await treeOf(stage);
  const said = all.find(({ model, parentId }) => model === "openai/parrot" && parentId === all[0].id);
  assert.equal(all.find(({ content }) => content[0]?.text === "And then?").parentId, said.id);
  await page.answers.first().getByText(/squawk 0/).waitFor();
  assert.equal(await page.answers.first().getByText(/whoo/).count(), 0, "above, there is the one that was gone on from");
  await page.answers.first().getByRole("group", { name: "Other answers" }).waitFor();
});

scenario("one answer can be shown alone and beside the others again, and asking again with another model offers it", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", "Whoo.");
  vendor.says("parrot", "Squawk.");
  await page.go();
  await page.chooseModel(/owl/);
  await page.ask("Hello");
  await page.answered();
  await page.chooseModel(/parrot/);
  await page.answers.last().hover();
  await page.button("Ask again").click();
  await page.answers.getByText("Squawk.").waitFor();
  await page.answered();
  assert.equal(await page.answers.getByText("Whoo.").count(), 0, "who asked again wants to read the new one");
  await page.answers.last().hover();
  await page.button("Show the answers side by side").click();
  await answerOf(page, "owl").getByText("Whoo.").waitFor();
  await answerOf(page, "parrot").getByText("Squawk.").waitFor();
  await page.button("Show one").click();
  await eventually("one is left", async () => (await page.answers.getByText("Whoo.").count()) === 0);
  await page.answers.getByText("Squawk.").waitFor();
});

scenario("an answer that is deleted leaves its column, and comes back into it by undo", { vendor: ["owl", "parrot", "wren"] }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: "Ask several at once" }).click();
  for (const name of [/^owl/, /^parrot/, /^wren/]) {
    const line = page.raw.getByRole("menuitemcheckbox", { name });
    if ((await line.getAttribute("aria-checked")) !== "true") await line.click();
  }
  await page.keyboard.press("Escape");
  await page.write("Who is there?");
  await answerOf(page, "wren").getByText("I am the wren.").waitFor();
  await page.answered();
  await answerOf(page, "parrot").getByRole("button", { name: "More actions" }).click();
  await page.raw.getByRole("menuitem", { name: /^Delete/ }).first().click();
  await eventually("two are left", async () => (await page.answers.last().locator("section").count()) === 2);
  await page.undo(/./);
  await answerOf(page, "parrot").getByText("I am the parrot.").waitFor();
});

scenario("on a phone the answers are in tabs, and reading one does not choose it", { vendor: true, window: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", "Whoo, says the owl.");
  vendor.says("parrot", "Squawk, says the parrot.");
  await page.go();
  await chooseBoth(page);
  await page.composer.fill("What do you say?");
  await page.button("Send").click();
  const tab = (name) => page.raw.getByRole("tab", { name });
  await tab("parrot").click();
  await page.answers.getByText("Squawk, says the parrot.").waitFor();
  assert.equal(await page.answers.getByText("Whoo, says the owl.").count(), 0);
  await page.assertFitsSideways();
  await page.answered();
  const head = async () => (await stage.api("GET", `/api/conversations/${page.chat}`)).headId;
  const before = await head();
  await tab("owl").click();
  await page.answers.getByText("Whoo, says the owl.").waitFor();
  await tab("parrot").click();
  await page.answers.getByText("Squawk, says the parrot.").waitFor();
  assert.equal(await head(), before);
  const other = page.raw.getByRole("button", { name: /^Go on from the answer of/ });
  if ((await other.count()) === 0) await tab("owl").click();
  await other.click();
  await eventually("it is chosen", async () => (await head()) !== before);
});
