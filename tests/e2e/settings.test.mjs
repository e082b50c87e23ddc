// Settings of a conversation: with the keyboard, on two devices, offline, before the first message, and on a phone.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

async function conversation(stage, title, fields = {}) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title, ...fields });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock("Tea?") });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock("Green.") });
  return id;
}

const settingsOf = async (stage, id) => (await stage.api("GET", `/api/conversations/${id}`)).settings;

async function stored(stage, id, wanted) {
  await eventually(`the server has ${JSON.stringify(wanted)}`, async () => {
    const settings = await settingsOf(stage, id);
    return JSON.stringify(Object.entries(settings).sort()) === JSON.stringify(Object.entries(wanted).sort());
  });
}

const mark = (page) => page.raw.getByRole("button", { name: /^Settings: / });
const instructions = (page) => page.dialog.getByRole("textbox", { name: "Instructions" });
const slider = (page) => page.dialog.getByRole("slider", { name: "Temperature" });

async function openSettings(page) {
  await page.button("Actions for this conversation").click();
  await page.choose("Settings of this conversation");
  await page.isFocused(instructions(page));
}

scenario("all settings are set with the keyboard, come to another device, hold for the next answer, and are taken back", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Tea");
  const other = await stage.newWindow();
  await other.openConversation(id);
  await page.openConversation(id);
  assert.equal(await mark(page).count(), 0);
  await openSettings(page);
  await page.keyboard.type("Be brief.\nAlways.");
  await page.keyboard.press("Tab");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Thinks before it answers" }));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.type("none");
  await page.dialog.getByRole("alert").getByText("A whole number from 1").waitFor();
  assert.ok(await page.button("Save", page.dialog).isDisabled());
  await page.keyboard.press("Control+a");
  await page.keyboard.type("12");
  await page.keyboard.press("Tab");
  await page.isFocused(slider(page));
  assert.equal(await slider(page).getAttribute("aria-valuetext"), "As the model does");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Control+Enter");
  await page.dialog.waitFor({ state: "detached" });
  const all = { system: "Be brief.\nAlways.", temperature: 0.9, maxTokens: 12, effort: "low" };
  await stored(stage, id, all);
  await page.isFocused(page.button("Actions for this conversation"));
  await other.button("Settings: instructions, temperature 0.9, at most 12 tokens, low effort").waitFor();
  await mark(other).click();
  assert.equal(await instructions(other).inputValue(), all.system);
  await other.keyboard.press("Escape");

  await page.ask("hello");
  await page.answers.last().getByText("Be brief.").waitFor();
  await page.answered();
  await page.undo("Settings saved.");
  await stored(stage, id, {});
  await mark(other).waitFor({ state: "detached" });
});

scenario("what two devices set at once, one of them offline, is all there in the end", {}, async (stage) => {
  const { page } = stage;
  await conversation(stage, "Bees", { settings: { system: "As in the other one.", effort: "low" } });
  await conversation(stage, "Clouds");
  const id = await conversation(stage, "Tea", { settings: { system: "First.", maxTokens: 100 } });
  await page.openConversation(id);
  await mark(page).click();
  await instructions(page).waitFor();
  await page.keyboard.press("Escape");
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.status.getByText(/^Offline/).waitFor();
  await mark(page).click();
  await slider(page).focus();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowLeft");
  await page.dialog.getByRole("textbox", { name: "Longest answer, in tokens" }).fill("");
  await page.keyboard.press("Enter");
  await page.dialog.waitFor({ state: "detached" });
  await page.button("Settings: instructions, temperature 0.5").waitFor();
  await stage.api("PATCH", `/api/conversations/${id}`, { settings: { system: "Second.", effort: "high" } });
  await page.raw.context().setOffline(false);
  await stored(stage, id, { system: "Second.", temperature: 0.5, effort: "high" });
  await mark(page).and(page.raw.getByLabel("high effort")).waitFor();
  await mark(page).click();
  assert.equal(await instructions(page).inputValue(), "Second.");
  const others = page.dialog.getByRole("combobox", { name: "Take over from another conversation" });
  assert.deepEqual(await others.getByRole("option").allInnerTexts(), ["Choose one", "Bees"]);
  await others.selectOption({ label: "Bees" });
  assert.equal(await instructions(page).inputValue(), "As in the other one.");
  await page.keyboard.press("Control+Enter");
  await stored(stage, id, { system: "As in the other one.", effort: "low" });
});

scenario("a conversation is given settings before its first message; leaving the dialog loses no words", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.choose("Settings of this conversation");
  await page.isFocused(instructions(page));
  await page.keyboard.type("Answer in one line.");
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.choose("Settings of this conversation");
  await page.dialog.getByText("This was not saved when you left it.").waitFor();
  assert.equal(await instructions(page).inputValue(), "Answer in one line.");
  await page.dialog.getByRole("checkbox", { name: "Search my conversations", exact: true }).uncheck();
  await page.button("Save", page.dialog).click();
  await mark(page).waitFor();
  await page.ask("hello");
  await page.answers.last().getByText("Answer in one line.").waitFor();
  await page.answered();
  await stored(stage, page.chat, { system: "Answer in one line.", tools: ["read_conversation", "current_time"] });

  await mark(page).click();
  await page.button("Clear all", page.dialog).click();
  await page.button("Save", page.dialog).click();
  await stored(stage, page.chat, {});
  await mark(page).waitFor({ state: "detached" });
  // The next new one has none.
  await page.raw.getByRole("button", { name: /^New conversation/ }).first().click();
  await page.questions.first().waitFor({ state: "detached" });
  await page.ask("hello again");
  await page.answered();
  assert.deepEqual(await settingsOf(stage, page.chat), {});
});

for (const dir of ["ltr", "rtl"]) {
  scenario(`on a phone everything of it can be reached, ${dir}`, { window: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } }, async (stage) => {
    const { page } = stage;
    const id = await conversation(stage, "Tea", { settings: { system: dir === "rtl" ? "أجب بإيجاز." : "Be brief.", temperature: 0.3 } });
    await page.openConversation(id);
    await page.raw.evaluate((to) => (document.documentElement.dir = to), dir);
    await mark(page).tap();
    await instructions(page).waitFor();
    await page.raw.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => undefined));
    await page.assertFitsSideways();
    for (const name of ["Save", "Cancel", "Clear all"]) {
      const box = await page.button(name, page.dialog).boundingBox();
      assert.ok(box.height >= 36 && box.y + box.height <= 640, `${name}: ${JSON.stringify(box)}`);
    }
    await page.dialog.getByRole("button", { name: "Leave it to the model" }).tap();
    await page.button("Save", page.dialog).tap();
    await stored(stage, id, { system: dir === "rtl" ? "أجب بإيجاز." : "Be brief." });
  });
}
