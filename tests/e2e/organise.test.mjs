// Folders, tags, unread, many at once: each thing with the mouse and with the keyboard, each with one way back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { conversations, eventually, scenario, textBlock, ulid } from "./harness.mjs";
import { longTitle } from "./conversations.mjs";

const lists = (page, titles) =>
  eventually(`the list is ${titles}`, async () => JSON.stringify(await page.titles()) === JSON.stringify(titles));

/** What the server has of each, once it is as `wanted` says: by title, one field. */
async function stored(stage, field, wanted) {
  await eventually(`on the server: ${field} ${JSON.stringify(wanted)}`, async () => {
    const { conversations: all } = await stage.api("GET", "/api/conversations?archived=any&limit=100");
    return Object.entries(wanted).every(([title, value]) => JSON.stringify(all.find((one) => one.title === title)?.[field]) === JSON.stringify(value));
  });
}

const place = (page, name) => page.raw.getByRole("button", { name: new RegExp(`^${name} \\d`) });
const nav = (page, name) => page.raw.getByRole("navigation", { name, exact: true });
const linksOf = (page, name) => nav(page, name).getByRole("link").allInnerTexts();

async function focusFirst(page) {
  await page.items.first().waitFor();
  await page.composer.focus();
  await page.keyboard.press("F6");
  await page.isFocused(page.items.first());
}

async function selectedCount(page, count) {
  await page.raw.getByRole("region", { name: "Selected conversations" }).getByText(`${count} selected`).waitFor();
}

scenario("a conversation is moved to a new folder, the folder is renamed and dissolved, each with undo", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Bees", "Clouds", "Doors"]);
  await page.go();
  await page.act("Bees", "Move to a folder…");
  const field = page.dialog.getByRole("combobox", { name: "Folder" });
  await page.isFocused(field);
  await page.keyboard.type("Garden");
  await page.keyboard.press("Enter");
  await place(page, "Garden").waitFor();
  await stored(stage, "folder", { Bees: "Garden", Clouds: null });

  await page.act("Clouds", "Move to a folder…");
  await page.dialog.getByRole("option", { name: "Garden 1" }).click();
  await page.raw.getByRole("button", { name: "Garden 2", exact: true }).click();
  assert.deepEqual(await linksOf(page, "Garden"), ["Bees", "Clouds"]);

  await page.button("Actions for the folder").click();
  await page.choose("Rename");
  await page.dialog.getByRole("textbox", { name: "Name of the folder" }).fill("Outside");
  await page.keyboard.press("Enter");
  await eventually("both are in it", async () => JSON.stringify(await linksOf(page, "Outside")) === '["Bees","Clouds"]');
  await stored(stage, "folder", { Bees: "Outside", Clouds: "Outside" });

  await page.button("Actions for the folder").click();
  await page.choose("Dissolve the folder");
  await lists(page, ["Bees", "Clouds", "Doors"]);
  await stored(stage, "folder", { Bees: null, Clouds: null });
  assert.equal(await place(page, "Outside").count(), 0, "a folder without conversations is not there");
  await page.undo("2 conversations moved out of the folder.");
  await place(page, "Outside").waitFor();
  await stored(stage, "folder", { Bees: "Outside", Clouds: "Outside", Doors: null });
});

scenario("tags are given to several, taken from some, and taken back together", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Bees", "Clouds", "Doors"]);
  await page.go();
  await page.act("Bees", "Tags…");
  const field = page.dialog.getByRole("combobox", { name: "Tag" });
  await field.fill("summer");
  await field.press("Enter");
  await field.fill("دفتر");
  await field.press("Enter");
  await page.button("Done", page.dialog).click();
  await stored(stage, "tags", { Bees: ["summer", "دفتر"] });

  await focusFirst(page);
  for (const key of ["x", "j", "x"]) await page.keyboard.press(key);
  await selectedCount(page, 2);
  await page.keyboard.press("t");
  await page.dialog.getByRole("heading", { name: "Tags of 2 conversations" }).waitFor();
  assert.equal(await page.dialog.getByRole("option", { name: /^summer/ }).getAttribute("aria-checked"), "mixed");
  await page.dialog.getByRole("option", { name: /^summer/ }).click();
  await page.dialog.getByRole("option", { name: /^دفتر/ }).click();
  await page.dialog.getByRole("option", { name: /^دفتر/ }).click();
  await page.button("Done", page.dialog).click();
  await stored(stage, "tags", { Bees: ["summer"], Clouds: ["summer"] });
  await page.undo("2 conversations have other tags now.");
  await eventually("as before", async () => {
    const { conversations: all } = await stage.api("GET", "/api/conversations");
    return all.every(({ title, tags }) => JSON.stringify(tags.toSorted()) === JSON.stringify(title === "Bees" ? ["summer", "دفتر"].toSorted() : []));
  });
});

scenario("a range is selected with shift, acted on at once, and one undo brings all of it back", {}, async (stage) => {
  const { page } = stage;
  const titles = ["Ants", "Bees", "Clouds", "Doors", "Eels", "Fires"];
  await conversations(stage, titles);
  await page.go();
  await page.item("Bees").hover();
  await page.raw.getByRole("checkbox", { name: "Select “Bees”" }).click();
  await page.item("Eels").click({ modifiers: ["Shift"] });
  await selectedCount(page, 4);
  await page.raw.getByRole("checkbox", { name: "Select “Clouds”" }).click();
  await selectedCount(page, 3);
  await page.button("Archive (E)").click();
  await lists(page, ["Ants", "Clouds", "Fires"]);
  await stored(stage, "isArchived", { Bees: true, Clouds: false, Doors: true, Eels: true });
  await page.undo("3 conversations moved to the archive.");
  await lists(page, titles);
  await stored(stage, "isArchived", { Bees: false, Clouds: false, Doors: false, Eels: false });

  await page.item("Ants").hover();
  await page.raw.getByRole("checkbox", { name: "Select “Ants”" }).click();
  await page.button("Select all 6").click();
  await selectedCount(page, 6);
  await page.button("Delete (#)").click();
  await nav(page, "Conversations").getByText("Your conversations will be listed here.").waitFor();
  await page.undo("6 conversations moved to the trash. They stay there for 30 days.");
  await lists(page, titles);
});

scenario("everything in the list is done with single keys", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Ants", "Bees", "Clouds", "Doors"]);
  await page.go();
  await focusFirst(page);
  await page.keyboard.press("u");
  await place(page, "Unread").waitFor();
  await stored(stage, "isUnread", { Ants: true, Bees: false });
  await page.keyboard.press("u");
  await eventually("nothing is unread", async () => (await place(page, "Unread").count()) === 0);
  await page.isFocused(page.item("Ants"));
  await page.keyboard.press("e");
  await lists(page, ["Bees", "Clouds", "Doors"]);
  await page.isFocused(page.item("Bees"));
  await page.keyboard.press("#");
  await lists(page, ["Clouds", "Doors"]);
  await page.isFocused(page.item("Clouds"));
  await page.keyboard.press("j");
  await page.keyboard.press("p");
  await lists(page, ["Doors", "Clouds"]);
  await page.isFocused(page.item("Doors"));
  await page.keyboard.press("v");
  await page.dialog.getByRole("combobox", { name: "Folder" }).fill("House");
  await page.keyboard.press("Enter");
  await stored(stage, "folder", { Doors: "House" });
  await page.dialog.waitFor({ state: "detached" });
  await page.isFocused(page.item("Doors"));
  await page.keyboard.press("*");
  await selectedCount(page, 2);
  await page.keyboard.press("Escape");
  assert.equal(await page.raw.getByRole("region", { name: "Selected conversations" }).count(), 0);
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("Shift+X");
  await selectedCount(page, 2);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.isFocused(page.dialog.getByRole("combobox"));
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.raw.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("F6");
  await page.isFocused(page.composer);
});

scenario("all that a search has found is selected from the palette", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Tax letter", "Bees", "Tax office", "Taxi to Lisbon", "Clouds"]);
  await page.go();
  await page.item("Bees").waitFor();
  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("combobox").fill("tax");
  await page.dialog.getByRole("option", { name: "Select all 3 conversations found" }).click();
  await selectedCount(page, 3);
  assert.deepEqual(await linksOf(page, "“tax”"), ["Tax letter", "Tax office", "Taxi to Lisbon"]);
  await page.button("Move to a folder (V)").click();
  await page.dialog.getByRole("combobox", { name: "Folder" }).fill("Money");
  await page.keyboard.press("Enter");
  await stored(stage, "folder", { "Tax letter": "Money", "Tax office": "Money", "Taxi to Lisbon": "Money", Bees: null });
  await page.undo("3 conversations moved to “Money”.");
  await stored(stage, "folder", { "Tax letter": null, "Tax office": null, "Taxi to Lisbon": null });
});

scenario("the export holds the whole trees, as the server has them", {}, async (stage) => {
  const { page } = stage;
  const [bees, clouds] = await conversations(stage, ["Bees", "Clouds", "Doors"]);
  const { messages } = await stage.api("GET", `/api/conversations/${bees}/messages?all=true`);
  await stage.api("POST", `/api/conversations/${bees}/messages`, { id: ulid(), role: "user", parentId: null, content: textBlock("Another beginning") });
  await stage.api("PATCH", "/api/presets/default", { settings: { system: "Be brief." } });
  await page.go();
  await page.item("Bees").hover();
  await page.raw.getByRole("checkbox", { name: "Select “Bees”" }).click();
  await page.item("Clouds").click();
  await selectedCount(page, 2);
  await page.button("More for the selected conversations").click();
  const download = page.raw.waitForEvent("download");
  await page.choose("Export to a file");
  const file = await download;
  assert.match(file.suggestedFilename(), /^Threadkeep \d{4}-\d\d-\d\d 2 conversations\.json$/);
  const exported = JSON.parse(readFileSync(await file.path(), "utf8"));
  assert.equal(exported.format, "threadkeep");
  await page.raw.getByText("2 conversations exported. Your presets and the settings of folders are in it.").waitFor();
  assert.deepEqual(exported.presets, (await stage.api("GET", "/api/presets")).presets);
  assert.deepEqual(new Set(exported.conversations.map(({ id }) => id)), new Set([bees, clouds]));
  for (const conversation of exported.conversations) {
    const { messages: all } = await stage.api("GET", `/api/conversations/${conversation.id}/messages?all=true`);
    assert.deepEqual(conversation.messages, all);
    const { messages: _, ...fields } = conversation;
    assert.deepEqual(fields, await stage.api("GET", `/api/conversations/${conversation.id}`));
  }
  assert.equal(exported.conversations.find(({ id }) => id === bees).messages.length, messages.length + 1);
});

scenario("many in the trash are restored, or deleted for ever after one question", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/status of 4(04|10)/);
  const ids = await conversations(stage, ["Ants", "Bees", "Clouds", "Doors"]);
  for (const id of ids.slice(0, 3)) await stage.server.call("DELETE", `/api/conversations/${id}`);
  await page.go();
  await lists(page, ["Doors"]);
  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("combobox").fill("trash");
  await page.keyboard.press("Enter");
  await eventually("three are in the trash", async () => (await linksOf(page, "Trash")).length === 3);
  await nav(page, "Trash").getByRole("link", { name: "Ants" }).focus();
  await page.keyboard.press("e");
  await eventually("it is out of the trash", async () => (await stage.api("GET", `/api/conversations/${ids[0]}`)).deletedAt === undefined);
  await page.button("Empty…").click();
  await page.dialog.getByText("2 conversations and their 2 messages are erased from the server and from your devices.").waitFor();
  await page.button("Delete for ever", page.dialog).click();
  await nav(page, "Trash").getByText("The trash is empty.").waitFor();
  for (const id of ids.slice(1, 3)) {
    await eventually("its messages are gone", async () => [404, 410].includes((await stage.server.call("GET", `/api/conversations/${id}/messages`)).status));
  }
  await page.button("Back to the conversations").click();
  await lists(page, ["Ants", "Doors"]);
});

const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

scenario("on a phone a long press selects, and long names fit", { window: phone }, async (stage) => {
  const { page } = stage;
  const [, , doors] = await conversations(stage, [longTitle, "محادثة طويلة عن النحل", "Doors"]);
  await stage.api("PATCH", `/api/conversations/${doors}`, { folder: "A folder with a name that is longer than the side bar is wide", tags: ["وسم طويل جدا"] });
  await page.go();
  await page.button("Show the conversations").tap();
  // Only once the side bar has come to rest is the item where its box is.
  await page.item("Doors").tap({ trial: true });
  const box = await page.item("Doors").boundingBox();
  const touch = await page.raw.context().newCDPSession(page.raw);
  const at = [{ x: box.x + 40, y: box.y + box.height / 2 }];
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at });
  await selectedCount(page, 1);
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await page.item(longTitle).tap();
  await selectedCount(page, 2);
  await page.assertFitsSideways();
  await page.button("Archive (E)").tap();
  await eventually("two are archived", async () => (await page.titles()).length === 1);
  await page.undo("2 conversations moved to the archive.");
  await eventually("all are back", async () => (await page.titles()).length === 3);
  await page.assertFitsSideways();
});

scenario("conversations are dragged to a folder: one, or all that are selected; what was done is said by name, one thing at a time", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees", "Clouds", "Doors", "Eels"]);
  await stage.api("PATCH", `/api/conversations/${bees}`, { folder: "Garden" });
  await page.go();
  const folder = place(page, "Garden");
  await folder.waitFor();
  await page.item("Clouds").dragTo(folder);
  await stored(stage, "folder", { Bees: "Garden", Clouds: "Garden", Doors: null });
  const shown = page.toasts.locator("> *");
  await shown.getByText("Clouds", { exact: true }).waitFor();
  await shown.getByText("Moved to “Garden”.").waitFor();
  await page.act("Eels", "Pin");
  await shown.getByText("Eels", { exact: true }).waitFor();
  assert.equal(await shown.count(), 1);
  // The older way back is there again when the newer has been used.
  await page.undo("Pinned.");
  await page.undo("Moved to “Garden”.");
  await stored(stage, "folder", { Clouds: null });
  await stored(stage, "isPinned", { Eels: false });
  await page.item("Clouds").click({ modifiers: ["Shift"] });
  await page.item("Eels").click();
  await selectedCount(page, 2);
  await page.item("Eels").dragTo(folder);
  await stored(stage, "folder", { Clouds: "Garden", Eels: "Garden", Doors: null });
  assert.equal(await page.raw.getByRole("region", { name: "Selected conversations" }).count(), 0);
});
