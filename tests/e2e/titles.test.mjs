// A conversation that has an excerpt for a title is named by its model, when that is asked for; a name that a person gave stays.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

const titles = (page, wanted) => eventually(`the list is ${wanted}`, async () => JSON.stringify(await page.titles()) === JSON.stringify(wanted));

scenario("a conversation is named by its model from the menu, and is renamed by hand after it", { vendor: ["owl"] }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Who are you, and what do you eat?");
  await page.answered();
  await titles(page, ["Who are you, and what do you eat?"]);

  stage.vendor.says("owl", "\"What an owl", " eats at night.\"");
  await page.act("Who are you, and what do you eat?", "Have it named");
  await titles(page, ["What an owl eats at night"]);
  await page.raw.getByText("This is its title now.").waitFor();

  // A vendor that refuses is told, and the title stays.
  stage.allow(/502 \(Bad Gateway\)/);
  stage.vendor.fails("owl", 401, "No such key");
  await page.act("What an owl eats at night", "Have it named");
  await page.raw.getByText(/Not done\..*API key/).waitFor();
  await titles(page, ["What an owl eats at night"]);

  // By hand: then nothing asks a model for another one.
  await page.act("What an owl eats at night", "Rename");
  await page.keyboard.type("Owls");
  await page.keyboard.press("Enter");
  await titles(page, ["Owls"]);
  await page.item("Owls").hover();
  await page.button("Actions for “Owls”").click();
  await page.raw.getByRole("menuitem", { name: "Rename" }).waitFor();
  assert.equal(await page.raw.getByRole("menuitem", { name: "Have it named" }).count(), 0);
});

scenario("the built-in model names nothing", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Hello");
  await eventually("it has answered", async () => (await stage.api("GET", "/api/conversations")).conversations[0]?.messageCount === 2);
  await page.item("Hello").hover();
  await page.button("Actions for “Hello”").click();
  await page.raw.getByRole("menuitem", { name: "Rename" }).waitFor();
  assert.equal(await page.raw.getByRole("menuitem", { name: "Have it named" }).count(), 0);
});
