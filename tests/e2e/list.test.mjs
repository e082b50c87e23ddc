// What is done to whole conversations, mostly with the keyboard: each thing at once, each with a way back.
import assert from "node:assert/strict";
import { chatgptConversation } from "./exports.mjs";
import { conversations, eventually, scenario } from "./harness.mjs";

const list = async (page, titles) =>
  eventually(`the list is ${titles}`, async () => JSON.stringify(await page.titles()) === JSON.stringify(titles));

/** Puts the focus on the first conversation of the list, by the tab key only. */
async function tabToList(page) {
  await page.raw.evaluate(() => document.activeElement?.blur());
  await page.raw.locator("body").press("Tab");
  await eventually("the tab key reaches the list", async () => {
    if (await page.sidebar.getByRole("link").evaluateAll((links) => links.includes(document.activeElement))) return true;
    await page.keyboard.press("Tab");
    return false;
  });
}

async function openMenu(page, name) {
  await page.raw.getByRole("button", { name: "Local user" }).click();
  await page.raw.getByRole("menuitem", { name, exact: true }).click();
}

scenario("a deleted conversation comes back by undo, with its messages", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees", "Clouds", "Doors"]);
  await page.openConversation(bees);
  await list(page, ["Bees", "Clouds", "Doors"]);
  await page.act("Bees", "Delete");
  await list(page, ["Clouds", "Doors"]);
  assert.equal(page.chat, null, "it is not open any more");
  await eventually("the server has deleted it", async () => (await stage.api("GET", `/api/conversations/${bees}`)).deletedAt);
  await page.undo("Moved to the trash. It stays there for 30 days.");
  await list(page, ["Bees", "Clouds", "Doors"]);
  await page.questions.getByText("About Bees").waitFor();
  assert.equal(page.chat, bees);
  // The device shows it before the server is told.
  await eventually("the server has it back", async () => (await stage.api("GET", `/api/conversations/${bees}`)).deletedAt === undefined);
});

scenario("from the trash a conversation is restored, or deleted for ever after a question", {}, async (stage) => {
  const { page } = stage;
  // The messages of what is in the trash are not given out.
  stage.allow(/status of 410/);
  const [bees, clouds] = await conversations(stage, ["Bees", "Clouds", "Doors"]);
  await page.go();
  await page.act("Bees", "Delete");
  await list(page, ["Clouds", "Doors"]);
  await page.act("Clouds", "Delete");
  await list(page, ["Doors"]);
  await openMenu(page, "Trash");
  const trash = page.raw.getByRole("navigation", { name: "Trash" });
  await trash.getByRole("link", { name: "Bees" }).click();
  await page.raw.getByRole("heading", { name: "This conversation is in the trash." }).waitFor();
  assert.equal(await page.questions.count(), 0);
  await page.button("Restore", page.main).click();
  await page.questions.getByText("About Bees").waitFor();
  await eventually("it left the trash", async () => JSON.stringify(await trash.getByRole("link").allInnerTexts()) === '["Clouds"]');

  await trash.getByRole("link", { name: "Clouds" }).hover();
  await page.button("Actions for “Clouds”").click();
  await page.raw.getByRole("menuitem", { name: "Delete for ever…" }).click();
  await page.dialog.getByText("This cannot be undone.").waitFor();
  await page.isFocused(page.button("Keep it"));
  await page.keyboard.press("Enter");
  await page.dialog.waitFor({ state: "detached" });
  assert.ok((await stage.api("GET", `/api/conversations/${clouds}`)).deletedAt);
  await page.button("Actions for “Clouds”").click();
  await page.raw.getByRole("menuitem", { name: "Delete for ever…" }).click();
  await page.button("Delete for ever").click();
  await trash.getByText("The trash is empty.").waitFor();
  await eventually("its content is gone", async () => {
    const { status, body } = await stage.server.call("GET", `/api/conversations/${clouds}`);
    return status === 404 || (body.title === "" && body.messageCount === 0);
  });
  assert.ok([404, 410].includes((await stage.server.call("GET", `/api/conversations/${clouds}/messages`)).status));

  await page.button("Back to the conversations").click();
  await list(page, ["Bees", "Doors"]);
  assert.equal((await stage.api("GET", `/api/conversations/${bees}/messages`)).messages.length, 1);
});

scenario("the address of a conversation deleted for ever leads nowhere, and offers nothing that cannot be done", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/status of 4(04|10)/);
  const [bees] = await conversations(stage, ["Bees"]);
  await stage.server.call("DELETE", `/api/conversations/${bees}?forever=true`);
  await page.go(`/?chat=${bees}`);
  await page.raw.getByRole("heading", { name: "This conversation is not here." }).waitFor();
});

scenario("the list is walked and used with the keyboard alone", {}, async (stage) => {
  const { page } = stage;
  const [bees, clouds, doors] = await conversations(stage, ["Bees", "Clouds", "Doors", "Eels"]);
  await page.go();
  await list(page, ["Bees", "Clouds", "Doors", "Eels"]);
  await tabToList(page);
  await page.isFocused(page.item("Bees"));
  for (const [key, title] of [["j", "Clouds"], ["j", "Doors"], ["j", "Eels"], ["j", "Eels"], ["k", "Doors"], ["Home", "Bees"], ["End", "Eels"], ["ArrowUp", "Doors"], ["k", "Clouds"]]) {
    await page.keyboard.press(key);
    await page.isFocused(page.item(title));
  }
  await page.keyboard.press("Enter");
  await page.questions.getByText("About Clouds").waitFor();
  assert.equal(page.chat, clouds);

  await tabToList(page);
  await page.isFocused(page.item("Clouds"));
  await page.keyboard.press("F2");
  const field = page.sidebar.getByRole("textbox", { name: "Title of the conversation" });
  await page.isFocused(field);
  await page.keyboard.type("Clouds and rain");
  await page.keyboard.press("Enter");
  await list(page, ["Bees", "Clouds and rain", "Doors", "Eels"]);
  await page.isFocused(page.item("Clouds and rain"));
  await page.button("Clouds and rain", page.raw.getByRole("banner").or(page.main)).waitFor();
  await eventually("it is renamed on the server", async () => (await stage.api("GET", `/api/conversations/${clouds}`)).title === "Clouds and rain");

  await page.keyboard.press("F2");
  await page.isFocused(field);
  await page.keyboard.type("Something else");
  await page.keyboard.press("Escape");
  await page.isFocused(page.item("Clouds and rain"));
  await list(page, ["Bees", "Clouds and rain", "Doors", "Eels"]);

  await page.keyboard.press("j");
  await page.isFocused(page.item("Doors"));
  await page.keyboard.press("Delete");
  await list(page, ["Bees", "Clouds and rain", "Eels"]);
  await page.undo("Moved to the trash.");
  await list(page, ["Bees", "Clouds and rain", "Doors", "Eels"]);
  for (const id of [bees, doors]) {
    await eventually("nothing is in the trash", async () => (await stage.api("GET", `/api/conversations/${id}`)).deletedAt === undefined);
  }
});

scenario("an undo that is quicker than the deletion still wins", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees"]);
  const held = [];
  await page.raw.route("**/api/push", (route) => (held.push(route) === 1 ? undefined : route.continue()));
  await page.go();
  await page.act("Bees", "Delete");
  await eventually("the deletion is on its way", () => held.length === 1);
  await page.undo("Moved to the trash.");
  // Whether the page waits with the second request or not: the first one arrives now.
  await Promise.race([page.raw.waitForResponse(/\/push$/), new Promise((resolve) => setTimeout(resolve, 500))]);
  await held[0].continue();
  await held[0].request().response();
  await list(page, ["Bees"]);
  await eventually("it is not in the trash", async () => (await stage.api("GET", `/api/conversations/${bees}`)).deletedAt === undefined);
});

scenario("of two quick changes the later one stays", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees"]);
  const held = [];
  await page.raw.route("**/api/push", (route) => (held.push(route) === 1 ? undefined : route.continue()));
  await page.go();
  await page.item("Bees").waitFor();
  await tabToList(page);
  const field = page.sidebar.getByRole("textbox", { name: "Title of the conversation" });
  for (const [before, title] of [["Bees", "First"], ["First", "Second"]]) {
    await page.isFocused(page.item(before));
    await page.keyboard.press("F2");
    await page.isFocused(field);
    await field.fill(title);
    await page.keyboard.press("Enter");
    await page.item(title).waitFor();
  }
  await eventually("a change is on its way", () => held.length > 0);
  await Promise.race([page.raw.waitForResponse(/\/push$/), new Promise((resolve) => setTimeout(resolve, 500))]);
  await held[0].continue();
  await held[0].request().response();
  await eventually("the server has the later title", async () => (await stage.api("GET", `/api/conversations/${bees}`)).title === "Second");
  await list(page, ["Second"]);
});

scenario("the title is edited in its place, and given back to the program when it is emptied", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Count the words: one two three");
  await page.answered();
  await page.button("Count the words: one two three", page.main).click();
  const field = page.main.getByRole("textbox", { name: "Title of the conversation" });
  await field.fill("  Three words  ");
  await field.press("Enter");
  await page.item("Three words").waitFor();
  await page.isFocused(page.button("Three words", page.main));
  assert.equal(await page.raw.title(), "Three words · Threadkeep");
  await page.undo("Renamed.");
  await page.item("Count the words: one two three").waitFor();
  await page.button("Count the words: one two three", page.main).click();
  await field.fill("");
  await field.press("Enter");
  await eventually("the title is the program's", async () => (await stage.api("GET", `/api/conversations/${page.chat}`)).titleSource === "excerpt");
  await page.item("Count the words: one two three").waitFor();
});

scenario("pinned conversations stand above, archived ones out of the way; both can be undone", {}, async (stage) => {
  const { page } = stage;
  const [, clouds] = await conversations(stage, ["Bees", "Clouds", "Doors"]);
  await page.go();
  await page.act("Doors", "Pin");
  await list(page, ["Doors", "Bees", "Clouds"]);
  await page.sidebar.getByRole("heading", { name: "Pinned" }).waitFor();
  await page.raw.reload();
  await list(page, ["Doors", "Bees", "Clouds"]);
  await page.act("Doors", "Unpin");
  await list(page, ["Bees", "Clouds", "Doors"]);
  await page.undo("Unpinned.");
  await list(page, ["Doors", "Bees", "Clouds"]);

  await page.act("Clouds", "Archive");
  await list(page, ["Doors", "Bees"]);
  await page.undo("Moved to the archive.");
  await list(page, ["Doors", "Bees", "Clouds"]);
  await page.act("Clouds", "Archive");
  await list(page, ["Doors", "Bees"]);
  await eventually("it is archived", async () => (await stage.api("GET", `/api/conversations/${clouds}`)).isArchived);
  await openMenu(page, "Archive");
  const archive = page.raw.getByRole("navigation", { name: "Archive" });
  await archive.getByRole("link", { name: "Clouds" }).click();
  await page.questions.getByText("About Clouds").waitFor();
  await page.button("Actions for “Clouds”").click();
  await page.raw.getByRole("menuitem", { name: "Move out of the archive" }).click();
  await archive.getByText("Nothing is archived.").waitFor();
  await page.button("Back to the conversations").click();
  await list(page, ["Doors", "Bees", "Clouds"]);
});

scenario("Ctrl-K finds a conversation and runs a command; ? shows the keys; Escape closes", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Bees in winter", "Clouds", "Über Wolken"]);
  await page.go();
  await page.item("Clouds").waitFor();
  await page.keyboard.press("Control+k");
  const search = page.dialog.getByRole("combobox", { name: "Search conversations and commands" });
  await page.isFocused(search);
  await search.fill("winter bee");
  const hits = page.dialog.getByRole("option");
  await eventually("what has both words is found, by its title first, and nothing else", async () => {
    const found = await hits.allInnerTexts();
    return found[0]?.startsWith("Bees in winter") && !found.some((text) => /Clouds|Wolken/.test(text));
  });
  await page.keyboard.press("Enter");
  await page.questions.getByText("About Bees in winter").waitFor();
  await page.dialog.waitFor({ state: "detached" });

  await page.keyboard.press("Control+k");
  await search.fill("uber");
  await page.keyboard.press("Enter");
  await page.questions.getByText("About Über Wolken").waitFor();

  await page.keyboard.press("Control+k");
  await search.fill("dark");
  const ground = () => page.raw.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.keyboard.press("Enter");
  await eventually("it is dark", async () => (await ground()) !== light);
  await page.raw.reload();
  await eventually("it stays dark", async () => (await ground()) !== light);

  await page.composer.waitFor();
  await page.raw.evaluate(() => document.activeElement?.blur());
  await page.raw.locator("body").press("?");
  await page.dialog.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.composer.focus();
  await page.keyboard.type("Really?");
  assert.equal(await page.composer.inputValue(), "Really?", "not a shortcut while writing");
  assert.equal(await page.dialog.count(), 0);
});

scenario("words are found while their messages are still being indexed, without typing again", {}, async (stage) => {
  const { page } = stage;
  const texts = Array.from({ length: 4000 }, (_, at) => (at === 5 ? "A zebra at the gate." : `No. ${at}: a line about nothing much at all.`));
  await stage.api("POST", "/api/import?name=long.json", JSON.stringify([chatgptConversation({ title: "Long", time: 1_700_000_000, texts })]));
  await page.go();
  await page.item("Long").waitFor();
  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("combobox", { name: "Search conversations and commands" }).fill("zebra gate");
  await page.dialog.getByRole("option", { name: /A zebra at the gate/ }).waitFor();
  await page.dialog.getByText(/still being indexed/).waitFor({ state: "detached" });
});

scenario("in the message field: Enter sends, Shift-Enter breaks, the up arrow edits the last question", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.isFocused(page.composer);
  await page.keyboard.type("Count the words:");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("one two");
  assert.equal(await page.composer.inputValue(), "Count the words:\none two");
  await page.keyboard.press("Enter");
  await page.answers.getByText("2 words").waitFor();
  await page.answered();
  await page.isFocused(page.composer);
  assert.equal(await page.composer.inputValue(), "");
  await page.keyboard.press("ArrowUp");
  const editor = page.raw.getByRole("textbox", { name: "Edit the question" });
  await page.isFocused(editor);
  await page.keyboard.press("End");
  await page.keyboard.type(" three four");
  await page.keyboard.press("Enter");
  await page.answers.getByText("4 words").waitFor();
  await page.answered();
  assert.equal(await page.questions.count(), 1);
  await page.questions.getByText("2/2", { exact: true }).waitFor();
  const { messages } = await stage.api("GET", `/api/conversations/${page.chat}/messages?all=true`);
  assert.equal(messages.length, 4);
});
