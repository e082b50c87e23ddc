// What is seen while the page is still being loaded: what was on the screen last.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

async function conversation(stage, title, text) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(text) });
  return id;
}

/** From now on the script that draws the page does not come, until the function that this answers is called. */
async function holdPage(page) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.raw.route(/\/assets\/page-.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

const picture = (page) => page.raw.locator("[data-picture]");

scenario("after a reload the last picture is there before the page is, and then the page takes its place", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Bees", "Do bees sleep in winter?");
  await page.openConversation(id);
  await page.item("Bees").waitFor();
  await page.composer.fill("half a thought");
  const shown = await page.questions.first().boundingBox();
  const release = await holdPage(page);
  await page.raw.reload({ waitUntil: "commit" });
  const question = picture(page).getByText("Do bees sleep in winter?");
  await question.waitFor();
  const again = await picture(page).locator("article").first().boundingBox();
  assert.deepEqual(again, shown);
  assert.equal(await picture(page).locator("textarea").inputValue(), "half a thought");
  assert.equal(await page.questions.count(), 0, "a picture is not read aloud as a message");
  assert.ok(await question.evaluate((element) => element.closest("[inert]") !== null));
  release();
  await page.questions.getByText("Do bees sleep in winter?").waitFor();
  assert.equal(await picture(page).count(), 0);
  assert.equal(await page.composer.inputValue(), "half a thought");
  assert.equal(await page.articles.count(), 1);
});

scenario("the picture of one conversation is not shown for another, nor after the copy was taken off the device", {}, async (stage) => {
  const { page } = stage;
  const bees = await conversation(stage, "Bees", "Do bees sleep in winter?");
  const ants = await conversation(stage, "Ants", "Do ants sleep?");
  await page.openConversation(bees);
  await page.item("Ants").waitFor();
  const stored = () => page.raw.evaluate(() => JSON.stringify(localStorage));
  await page.raw.evaluate(() => dispatchEvent(new Event("pagehide")));
  assert.match(await stored(), /in winter/);
  const release = await holdPage(page);
  await page.raw.goto(`${stage.base}/?chat=${ants}`, { waitUntil: "commit" });
  await page.raw.waitForFunction(() => document.getElementById("root") !== null);
  await page.raw.waitForTimeout(500);
  assert.equal(await picture(page).count(), 0);
  release();
  await page.articles.getByText("Do ants sleep?").waitFor();

  await page.raw.getByRole("button", { name: "Local user" }).click();
  await page.raw.getByRole("menuitem", { name: "Remove from this device…" }).click();
  await page.button("Remove", page.dialog).click();
  await eventually("the page begins anew", () => page.chat === null);
  await page.composer.waitFor();
  assert.doesNotMatch(await stored(), /sleep/);
});
