// Settings for more than one conversation: presets, the default, and those of folders. On two devices, offline, with the keyboard, and on a phone.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

async function conversation(stage, title, fields = {}) {
  const { folder, ...rest } = fields;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title, ...rest });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock("Tea?") });
  if (folder) await stage.api("PATCH", `/api/conversations/${id}`, { folder });
  return id;
}

const presetPath = (id) => `/api/presets/${encodeURIComponent(id)}`;
const put = (stage, id, fields) => stage.api("PATCH", presetPath(id), fields);
const listed = async (stage) => (await stage.api("GET", "/api/presets")).presets.map(({ id, name, settings }) => [name ?? id, settings]);
const stored = (stage, wanted) =>
  eventually(`the server has ${JSON.stringify(wanted)}`, async () => JSON.stringify(await listed(stage)) === JSON.stringify(wanted));

const instructions = (page) => page.dialog.getByRole("textbox", { name: "Instructions" });
const presets = (page) => page.dialog.getByRole("combobox", { name: "Use a preset" });
const length = (page) => page.dialog.getByRole("textbox", { name: "Longest answer, in tokens" });

async function openSettings(page) {
  await page.button("Actions for this conversation").click();
  await page.choose("Settings of this conversation");
  await page.isFocused(instructions(page));
}
async function openFolder(page, name, item) {
  await page.sidebar.getByRole("button", { name }).click();
  await page.button("Actions for the folder").click();
  await page.choose(item);
}

scenario("a preset is kept offline with the keyboard, used on another device, renamed, replaced and deleted, each with undo", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Tea");
  const other = await stage.newWindow();
  const second = await conversation(stage, "Bees");
  await page.openConversation(id);
  await openSettings(page);
  await page.keyboard.press("Escape");
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.status.getByText(/^Offline/).waitFor();
  await openSettings(page);
  assert.equal(await presets(page).count(), 0, "there is none yet");
  await page.keyboard.type("Write code.");
  await page.button("Save as preset…", page.dialog).focus();
  await page.keyboard.press("Enter");
  await page.isFocused(page.dialog.getByRole("textbox", { name: "Name of the preset" }));
  await page.keyboard.type("Coder");
  await page.keyboard.press("Enter");
  await page.toasts.getByText("Kept as the preset “Coder”.").waitFor();
  await presets(page).getByRole("option", { name: "Coder" }).waitFor({ state: "attached" });
  assert.deepEqual(await presets(page).getByRole("option").allInnerTexts(), ["Choose one", "Coder"]);
  assert.deepEqual(await listed(stage), []);
  await page.raw.context().setOffline(false);
  await stored(stage, [["Coder", { system: "Write code." }]]);

  await other.openConversation(second);
  await openSettings(other);
  await presets(other).selectOption({ label: "Coder" });
  assert.equal(await instructions(other).inputValue(), "Write code.");
  await other.button("Rename", other.dialog).click();
  await other.dialog.getByRole("textbox", { name: "New name of the preset" }).fill("Programmer");
  await other.keyboard.press("Enter");
  await stored(stage, [["Programmer", { system: "Write code." }]]);
  await presets(page).getByRole("option", { name: "Programmer" }).waitFor({ state: "attached" });
  await length(other).fill("100");
  await other.button("Save as preset…", other.dialog).click();
  await other.keyboard.type("Programmer");
  await other.keyboard.press("Enter");
  await stored(stage, [["Programmer", { system: "Write code.", maxTokens: 100 }]]);
  await other.button("Delete", other.dialog).click();
  await stored(stage, []);
  await presets(page).waitFor({ state: "detached" });
  await other.undo("The preset “Programmer” is deleted.");
  await stored(stage, [["Programmer", { system: "Write code.", maxTokens: 100 }]]);
  await other.button("Save", other.dialog).click();
  await eventually("it is the conversation's own", async () => (await stage.api("GET", `/api/conversations/${second}`)).settings.maxTokens === 100);
});

scenario("a folder's settings and the default hold where a conversation says nothing, and it says so", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Tea", { folder: "Work" });
  await put(stage, "default", { settings: { maxTokens: 1000, effort: "low" } });
  await page.openConversation(id);
  await openFolder(page, "Work", "Instructions and settings");
  await page.dialog.getByText("Folder “Work”").waitFor();
  await page.isFocused(instructions(page));
  await page.keyboard.type("In the office.");
  await page.keyboard.press("Control+Enter");
  await stored(stage, [["default", { maxTokens: 1000, effort: "low" }], ["folder:Work", { system: "In the office." }]]);
  await page.ask("hello");
  await page.answers.last().getByText("In the office.").waitFor();
  await page.answered();

  await openSettings(page);
  const from = page.dialog.getByRole("list", { name: "Settings from elsewhere" }).getByRole("listitem");
  assert.deepEqual(await from.locator("> span").allInnerTexts(), ["From the folder: instructions", "From the default: at most 1,000 tokens, low effort"]);
  assert.equal(await length(page).getAttribute("placeholder"), "1,000, from the default");
  assert.equal(await page.dialog.getByRole("combobox", { name: "Thinks before it answers" }).locator("option").first().innerText(), "A little, from the default");
  await page.keyboard.type("Here.");
  await page.button("Change what comes from the default", page.dialog).click();
  await page.dialog.getByText("Default settings").waitFor();
  assert.equal(await length(page).inputValue(), "1000");
  await page.button("Clear all", page.dialog).click();
  await page.button("Save", page.dialog).click();
  await stored(stage, [["folder:Work", { system: "In the office." }]]);
  await openSettings(page);
  await page.dialog.getByText("This was not saved when you left it.").waitFor();
  assert.equal(await instructions(page).inputValue(), "Here.");
  assert.equal(await from.count(), 1);
  await page.button("Use as default", page.dialog).click();
  await stored(stage, [["folder:Work", { system: "In the office." }], ["default", { system: "Here." }]].sort());
  await page.undo("These are the default settings now.");
  await stored(stage, [["folder:Work", { system: "In the office." }]]);
  await page.button("Cancel", page.dialog).click();

  await page.button("Actions for the folder").click();
  await page.choose("Rename");
  await page.dialog.getByRole("textbox", { name: "Name of the folder" }).fill("Büro / 2");
  await page.keyboard.press("Enter");
  await stored(stage, [["folder:Büro / 2", { system: "In the office." }]]);
  await page.button("Actions for the folder").click();
  await page.choose("Dissolve the folder");
  await stored(stage, []);
  await page.undo("Moved out of the folder.");
  await stored(stage, [["folder:Büro / 2", { system: "In the office." }]]);
});

for (const dir of ["ltr", "rtl"]) {
  scenario(`on a phone everything of presets can be reached, ${dir}`, { window: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } }, async (stage) => {
    const { page } = stage;
    const id = await conversation(stage, "Tea", { folder: "Work", settings: { temperature: 0.3 } });
    await put(stage, "folder:Work", { settings: { system: dir === "rtl" ? "أجب بإيجاز." : "Be brief.", maxTokens: 500 } });
    await put(stage, "default", { settings: { effort: "high" } });
    await put(stage, ulid(), { name: "Coder", settings: { system: "Write code." } });
    await page.openConversation(id);
    await page.raw.evaluate((to) => (document.documentElement.dir = to), dir);
    await page.raw.getByRole("button", { name: /^Settings: / }).tap();
    await presets(page).waitFor();
    await page.raw.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => undefined));
    await page.assertFitsSideways();
    await presets(page).selectOption({ label: "Coder" });
    await page.assertFitsSideways();
    await page.dialog.getByRole("button", { name: "Save as preset…" }).tap();
    await page.dialog.getByRole("textbox", { name: "Name of the preset" }).fill("Coder on the way");
    await page.dialog.getByRole("button", { name: "Keep" }).tap();
    await eventually("it is kept", async () => (await listed(stage)).some(([name]) => name === "Coder on the way"));
    await page.button("Save", page.dialog).tap();
    await eventually("it is used", async () => (await stage.api("GET", `/api/conversations/${id}`)).settings.system === "Write code.");
  });
}
