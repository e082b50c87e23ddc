// What a model may see of other conversations: nothing, until the person says so; and the list of models.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const wish = "Find marmalade in my conversations";
const switchName = /^Search my conversations/;
const openModels = (page) => page.raw.getByRole("button", { name: /^Model: / }).click();
const shown = (page) => page.answers.getByRole("button", { name: /^Searched your conversations/ });

async function kitchenNotes(stage) {
  const id = ulid();
  await stage.api("POST", "/api/conversations", { id, title: "Kitchen notes" });
  await stage.api("POST", `/api/conversations/${id}/messages`, { role: "user", content: textBlock("My sister's recipe needs marmalade and saffron.") });
  return id;
}

scenario("no model reads other conversations until that is allowed for this one, and what it was given is shown", {}, async (stage) => {
  const { page } = stage;
  const kitchen = await kitchenNotes(stage);
  const bodies = [];
  page.raw.on("request", (request) => /generations$/.test(request.url()) && request.method() === "POST" && bodies.push(request.postDataJSON()));
  await page.go();
  await page.ask(wish);
  await page.answers.getByText("I may not read them").waitFor();
  await page.answered();
  assert.equal(bodies[0].tools, undefined);
  assert.equal(await shown(page).count(), 0);

  await openModels(page);
  await page.raw.getByRole("menuitemcheckbox", { name: switchName }).click();
  await page.keyboard.press("Escape");
  await page.raw.getByRole("button", { name: /may search your conversations/ }).waitFor();
  await page.ask(wish);
  await shown(page).waitFor();
  await page.answered();
  assert.deepEqual(bodies[1].tools, ["search_conversations", "read_conversation"]);
  await shown(page).click();
  const hit = page.answers.last().getByRole("link", { name: /Kitchen notes.*marmalade and saffron/ });
  await hit.waitFor();
  await hit.click();
  await eventually("the message that was read is open", () => page.chat === kitchen);

  // Elsewhere it is as before.
  await page.go();
  await page.ask(wish);
  await page.answers.getByText("I may not read them").waitFor();
  assert.equal(bodies[2].tools, undefined);
});

scenario("allowed in general, it is allowed in every conversation but those where it was refused", {}, async (stage) => {
  const { page } = stage;
  await kitchenNotes(stage);
  await page.go();
  await page.raw.getByRole("button", { name: /Local user/ }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: /^Models may search my conversations/ }).click();
  await page.keyboard.press("Escape");
  await page.ask(wish);
  await shown(page).waitFor();
  await page.answered();
  await openModels(page);
  await page.raw.getByRole("menuitemcheckbox", { name: switchName }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.ask(wish);
  await page.answers.getByText("I may not read them").waitFor();
});

scenario("a long list of models has a filter, favourites and what was used last", { vendor: ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "owl", "parrot"] }, async (stage) => {
  const { page } = stage;
  await page.go();
  const line = (name) => page.raw.getByRole("menuitemradio", { name });
  const filter = page.raw.getByRole("textbox", { name: "Find a model" });
  await openModels(page);
  await page.isFocused(filter);
  await page.keyboard.type("par");
  await eventually("one is left", async () => (await page.raw.getByRole("menuitemradio").count()) === 1);
  await page.keyboard.press("Enter");
  await page.raw.getByRole("button", { name: /^Model: parrot/ }).waitFor();
  await openModels(page);
  await page.raw.getByRole("menuitem", { name: "Make parrot a favourite" }).click();
  await page.keyboard.press("Escape");
  await openModels(page);
  await page.isFocused(filter);
  await page.keyboard.press("ArrowDown");
  await page.isFocused(line(/^parrot/));
  await page.keyboard.press("ArrowDown");
  await page.isFocused(line(/^Built-in/));
  await page.keyboard.press("Enter");
  await openModels(page);
  const groups = page.raw.getByRole("menu").getByRole("group");
  await eventually("the groups stand in their order", async () => {
    const texts = await groups.allInnerTexts();
    return texts.some((text) => /^Favourites\s+parrot/.test(text)) && texts.some((text) => /^Used last/.test(text));
  });
  await filter.fill("nobody");
  await page.raw.getByText("No model has these words.").waitFor();
});
