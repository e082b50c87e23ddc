// Every function of the page, reached and used with keys alone; where a function ends, the focus is not nowhere.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chatgptConversation } from "./exports.mjs";
import { conversations, eventually } from "./harness.mjs";
import { act, choose, fromAccountMenu, inList, inRow, nothingOpen, row, toItem, use, walkTo, withKeysAlone } from "./keyboard.mjs";

const editor = (page) => page.raw.getByRole("textbox", { name: "Edit the question" });
const modelButton = (page) => page.raw.getByRole("button", { name: /^Model: / });
const place = (page, name) => page.raw.getByRole("button", { name: new RegExp(`^${name} \\d`) });
const clipboard = (page) => page.raw.evaluate(() => navigator.clipboard.readText());
const gone = (page, title) => eventually(`${title} is not in the list`, async () => (await row(page, title).count()) === 0);
const branch = (article, at, of) => article.getByText(`${at}/${of}`, { exact: true });

async function typed(page, text) {
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

async function selected(page, count) {
  await page.raw.getByRole("region", { name: "Selected conversations" }).getByText(`${count} selected`).waitFor();
}

async function exportedTitles(page, press) {
  const download = page.raw.waitForEvent("download");
  // Waited for below: a step that fails before must not leave it unhandled.
  download.catch(() => {});
  await press();
  const { conversations: all } = JSON.parse(readFileSync(await (await download).path(), "utf8"));
  return all.map(({ title }) => title).sort();
}

withKeysAlone("a model is chosen, a question asked, edited, asked again, copied, stopped and continued", { vendor: true }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.isFocused(page.composer);
  await use(page, modelButton(page), "Shift+Tab");
  await choose(page, /Built-in/, "menuitemradio");
  await page.raw.getByRole("button", { name: /^Model: Built-in/ }).waitFor();
  await walkTo(page, page.composer);
  await typed(page, "Count the words: one two");
  await page.answers.getByText("2 words").waitFor();
  await page.answered();

  await page.keyboard.press("ArrowUp");
  await page.isFocused(editor(page));
  await page.keyboard.press("Escape");
  await page.isFocused(page.composer);
  await page.keyboard.press("ArrowUp");
  await page.isFocused(editor(page));
  await page.keyboard.press("End");
  await typed(page, " three");
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
  await page.isFocused(page.composer);
  await use(page, page.button("Previous wording"), "Shift+Tab");
  await page.answers.getByText("2 words").waitFor();
  await page.isFocused(page.button("Next wording"));
  await page.keyboard.press("Enter");
  await page.answers.getByText("3 words").waitFor();
  await page.isFocused(page.button("Previous wording"));

  await use(page, page.button("Edit and ask again"), "Shift+Tab");
  await page.isFocused(editor(page));
  await use(page, page.button("Cancel"));
  await page.isFocused(page.button("Edit and ask again"));
  await use(page, page.button("Copy", page.questions.first()), "Shift+Tab");
  await eventually("the question was copied", async () => (await clipboard(page)) === "Count the words: one two three");

  await use(page, page.button("Ask again"));
  await branch(page.answers.first(), 2, 2).waitFor();
  await page.answered();
  await page.isFocused(page.composer);
  await use(page, page.button("Previous answer"), "Shift+Tab");
  await branch(page.answers.first(), 1, 2).waitFor();
  await page.isFocused(page.button("Next answer"));
  await use(page, page.button("Copy", page.answers.first()));
  await eventually("the answer was copied", async () => /3 words/.test(await clipboard(page)));

  await page.keyboard.press("F6");
  await page.isFocused(page.composer);
  await typed(page, "Tell me a long story");
  await page.stopButton.waitFor();
  await eventually("it is being answered", async () => (await page.answers.count()) === 2);
  await page.saidAtLeast(10);
  await page.keyboard.press("Escape");
  await page.answered();
  await page.answers.last().getByText("Stopped.", { exact: true }).waitFor();
  await use(page, page.button("Continue"), "Shift+Tab");
  await eventually("it goes on", async () => (await page.answers.count()) === 3);
  await page.isFocused(page.composer);
  await page.stopButton.waitFor();
  await page.keyboard.press("Escape");
  await page.answered();

  await typed(page, "Tell me a story in 2000 words");
  await page.stopButton.waitFor();
  await use(page, page.stopButton);
  await page.answered();
  await page.isFocused(page.composer);
  await page.keyboard.press("Control+Shift+O");
  await eventually("a new conversation", () => page.chat === null);
  await page.isFocused(page.composer);
});

withKeysAlone("several models answer, their answers are compared, code is copied, a failure is tried again", { vendor: true }, async (stage) => {
  const { page } = stage;
  stage.vendor.says("owl", "Look:\n\n```js\nconst owl = 1;\n```\n");
  await page.go();
  await page.isFocused(page.composer);
  await use(page, modelButton(page), "Shift+Tab");
  await choose(page, /^Ask several at once/, "menuitemcheckbox");
  await choose(page, /^parrot/, "menuitemcheckbox");
  await page.keyboard.press("Escape");
  await page.isFocused(page.button("Model: owl, parrot"));
  await page.keyboard.press("F6");
  await typed(page, "What do you say?");
  await page.answers.getByText("const owl = 1;").waitFor();
  await page.answered();
  await use(page, page.button("Copy code"), "Shift+Tab");
  await eventually("the code was copied", async () => (await clipboard(page)).trim() === "const owl = 1;");
  await use(page, page.button("Wrap long lines"), "Shift+Tab");
  await page.isFocused(page.button("Do not wrap long lines"));
  await page.answers.getByText("I am the parrot.").waitFor();
  await use(page, page.button("Go on from the answer of parrot"));
  await page.answers.getByText("Goes on from here").waitFor();
  await page.isFocused(page.composer);

  await use(page, modelButton(page), "Shift+Tab");
  await choose(page, /^parrot/, "menuitemcheckbox");
  await page.keyboard.press("Escape");
  await page.isFocused(page.button("Model: owl"));
  stage.vendor.fails("owl", 429, "You have asked too often.");
  await page.keyboard.press("F6");
  await typed(page, "And now?");
  await page.answers.getByText("Too many requests for the moment.").waitFor();
  stage.vendor.says("owl", "Whoo.");
  await use(page, page.button("Try again", page.answers.last()), "Shift+Tab");
  await page.answers.getByText("Whoo.").waitFor();
  await page.isFocused(page.composer);
});

withKeysAlone("a conversation is renamed, pinned, marked, exported, archived and deleted from its menu, each with undo", {}, async (stage) => {
  const { page } = stage;
  const [ants] = await conversations(stage, ["Ants", "Bees", "Clouds"]);
  const stored = (field, value) => eventually(`${field} is ${value}`, async () => (await stage.api("GET", `/api/conversations/${ants}`))[field] === value);
  await page.go();
  await toItem(page, "Ants");
  await page.keyboard.press("F2");
  await page.isFocused(page.sidebar.getByRole("textbox", { name: "Title of the conversation" }));
  await typed(page, "Wasps");
  await page.isFocused(row(page, "Wasps"));
  await act(page, "Wasps", "Rename");
  await page.isFocused(page.sidebar.getByRole("textbox", { name: "Title of the conversation" }));
  await page.keyboard.press("Escape");
  await page.isFocused(row(page, "Wasps"));

  assert.deepEqual(await exportedTitles(page, () => act(page, "Wasps", "Export")), ["Wasps"]);
  await page.isFocused(page.button("Actions for “Wasps”"));
  await act(page, "Wasps", "Pin");
  await stored("isPinned", true);
  await inRow(page, "Wasps");
  await act(page, "Wasps", "Mark as unread");
  await stored("isUnread", true);
  await inRow(page, "Wasps");
  await act(page, "Wasps", "Mark as read");
  await stored("isUnread", false);
  await act(page, "Wasps", "Unpin");
  await stored("isPinned", false);
  await inRow(page, "Wasps");

  for (const action of ["Archive", "Delete"]) {
    await toItem(page, "Wasps");
    await act(page, "Wasps", action);
    await gone(page, "Wasps");
    await page.isFocused(row(page, "Bees"));
    await page.keyboard.press("z");
    await row(page, "Wasps").waitFor();
  }
  await toItem(page, "Wasps");
  await page.keyboard.press("e");
  await gone(page, "Wasps");
  await fromAccountMenu(page, "Archive");
  await toItem(page, "Wasps");
  await page.keyboard.press("e");
  await page.raw.getByText("Nothing is archived.").waitFor();
  await page.isFocused(page.button("Back to the conversations"));
  await page.keyboard.press("Enter");
  await row(page, "Wasps").waitFor();
  await inList(page);

  await toItem(page, "Bees");
  await page.keyboard.press("#");
  await gone(page, "Bees");
  // The same with the button of the message, which is walked to.
  await use(page, page.button("Undo", page.toasts.locator("> *", { hasText: "Moved to the trash" })));
  await row(page, "Bees").waitFor();
  await nothingOpen(page);
});

withKeysAlone("the trash: one is restored, one deleted for ever after a question, the rest emptied", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/status of 4(04|10)/);
  const ids = await conversations(stage, ["Ants", "Bees", "Clouds", "Doors"]);
  for (const id of ids.slice(0, 3)) await stage.server.call("DELETE", `/api/conversations/${id}`);
  await page.go();
  await toItem(page, "Doors");
  await fromAccountMenu(page, "Trash");
  await toItem(page, "Ants");
  await page.keyboard.press("Enter");
  await use(page, page.button("Restore", page.main));
  await page.questions.getByText("About Ants").waitFor();
  await nothingOpen(page);

  await toItem(page, "Bees");
  await act(page, "Bees", "Delete for ever…");
  await page.isFocused(page.button("Keep it"));
  await page.keyboard.press("Enter");
  await nothingOpen(page);
  await inRow(page, "Bees");
  await toItem(page, "Bees");
  await page.keyboard.press("#");
  await page.isFocused(page.button("Keep it"));
  await use(page, page.button("Delete for ever"));
  await gone(page, "Bees");
  await page.isFocused(row(page, "Clouds"));

  await use(page, page.button("Empty…"), "Shift+Tab");
  await use(page, page.button("Delete for ever", page.dialog));
  await page.raw.getByText("The trash is empty.").waitFor();
  await page.isFocused(page.button("Back to the conversations"));
  await page.keyboard.press("Enter");
  await inList(page);
  assert.deepEqual((await page.titles()).sort(), ["Ants", "Doors"]);
});

withKeysAlone("a folder is made, opened, renamed, left and dissolved; a tag is given, opened and taken away", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Ants", "Bees", "Clouds"]);
  await page.go();
  await toItem(page, "Bees");
  await act(page, "Bees", "Move to a folder…");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Folder" }));
  await page.keyboard.press("Escape");
  await nothingOpen(page);
  await page.isFocused(page.button("Actions for “Bees”"));
  await toItem(page, "Bees");
  await page.keyboard.press("v");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Folder" }));
  await typed(page, "Garden");
  await place(page, "Garden").waitFor();
  await nothingOpen(page);
  await inRow(page, "Bees");

  await page.keyboard.press("Home");
  await page.isFocused(place(page, "Garden"));
  await page.keyboard.press("Enter");
  await page.isFocused(page.button("Back to the conversations"));
  await use(page, page.button("Actions for the folder"));
  await choose(page, "Rename");
  await page.isFocused(page.dialog.getByRole("textbox", { name: "Name of the folder" }));
  await typed(page, "Outside");
  await page.raw.getByRole("heading", { name: "Outside" }).waitFor();
  await nothingOpen(page);
  await toItem(page, "Bees");
  await page.keyboard.press("Escape");
  await place(page, "Outside").waitFor();
  await inList(page);
  await page.keyboard.press("Home");
  await page.isFocused(place(page, "Outside"));
  await page.keyboard.press("Enter");
  await use(page, page.button("Actions for the folder"));
  await choose(page, "Dissolve the folder");
  await row(page, "Ants").waitFor();
  await inList(page);
  await eventually("the folder is gone", async () => (await place(page, "Outside").count()) === 0);

  await toItem(page, "Clouds");
  await act(page, "Clouds", "Tags…");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Tag" }));
  await typed(page, "summer");
  await page.dialog.getByRole("option", { name: /^summer/ }).waitFor();
  await use(page, page.button("Done", page.dialog));
  await place(page, "summer").waitFor();
  await nothingOpen(page);
  await inRow(page, "Clouds");
  await use(page, page.button("Tags", page.sidebar), "Shift+Tab");
  await eventually("the tags are folded away", async () => (await place(page, "summer").count()) === 0);
  await page.keyboard.press("Enter");
  await place(page, "summer").waitFor();
  await page.keyboard.press("#");
  await row(page, "Ants").waitFor();
  assert.equal(await page.toasts.getByText("Moved to the trash").count(), 0, "a heading is no conversation");
  await page.keyboard.press("Home");
  await page.isFocused(place(page, "summer"));
  await page.keyboard.press("Enter");
  await use(page, page.button("Actions for the tag"));
  await choose(page, "Take the tag away");
  await eventually("the tag is gone", async () => (await place(page, "summer").count()) === 0);
  await inList(page);
});

withKeysAlone("several are selected, one by one, as a range and as all that a search has found, and the bar's buttons act on them", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Tax letter", "Bees", "Tax office", "Taxi to Lisbon", "Clouds"]);
  const bar = page.raw.getByRole("region", { name: "Selected conversations" });
  await page.go();
  await toItem(page, "Tax letter");
  await act(page, "Tax letter", "Select");
  await selected(page, 1);
  await inRow(page, "Tax letter");
  await page.keyboard.press("j");
  await page.isFocused(row(page, "Bees"));
  await page.keyboard.press("j");
  await page.isFocused(row(page, "Tax office"));
  await page.keyboard.press("Shift+X");
  await selected(page, 3);
  await walkTo(page, page.raw.getByRole("checkbox", { name: "Select “Tax office”" }));
  await page.keyboard.press("Space");
  await selected(page, 2);
  await use(page, page.button("Archive (E)", bar), "Shift+Tab");
  await gone(page, "Bees");
  await inList(page);
  await page.keyboard.press("z");
  await row(page, "Bees").waitFor();

  await toItem(page, "Clouds");
  await page.keyboard.press("x");
  await use(page, page.button("Select all 5", bar), "Shift+Tab");
  await selected(page, 5);
  await use(page, page.button("Select nothing (Esc)", bar), "Shift+Tab");
  await inList(page);
  await page.keyboard.press("*");
  await selected(page, 5);
  await page.keyboard.press("Escape");
  await eventually("nothing is selected", async () => (await bar.count()) === 0);
  await inList(page);

  await page.keyboard.press("Control+k");
  await page.isFocused(page.dialog.getByRole("combobox"));
  await page.keyboard.type("tax");
  const all = page.dialog.getByRole("option", { name: "Select all 3 conversations found" });
  await all.waitFor();
  for (let step = 0; step < 20 && (await all.getAttribute("aria-selected")) !== "true"; step += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await selected(page, 3);
  await inList(page);
  await use(page, page.button("Move to a folder (V)", bar), "Shift+Tab");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Folder" }));
  await typed(page, "Money");
  await nothingOpen(page);
  await inList(page);

  for (const key of ["x", "j", "x"]) await page.keyboard.press(key);
  await selected(page, 2);
  const exported = await exportedTitles(page, async () => {
    await use(page, page.button("More for the selected conversations", bar), "Shift+Tab");
    await choose(page, "Export to a file");
  });
  assert.equal(exported.length, 2);
  await inList(page);
  await page.keyboard.press("*");
  await selected(page, 3);
  await use(page, page.button("Tags (T)", bar), "Shift+Tab");
  await page.isFocused(page.dialog.getByRole("combobox", { name: "Tag" }));
  await typed(page, "money");
  await page.keyboard.press("Control+Enter");
  await nothingOpen(page);
  await inList(page);
  await page.keyboard.press("*");
  await use(page, page.button("Delete (#)", bar), "Shift+Tab");
  await gone(page, "Taxi to Lisbon");
  await nothingOpen(page);
  await page.keyboard.press("z");
  await row(page, "Taxi to Lisbon").waitFor();
});

withKeysAlone("a history is imported, what was said in it is found, and the appearance, the keys and the outbox are looked at", {}, async (stage) => {
  const { page } = stage;
  const file = join(stage.folder, "conversations.json");
  writeFileSync(file, JSON.stringify([chatgptConversation({ title: "From elsewhere", time: 1_700_000_000, texts: ["Where is the lighthouse?", "On the cliff."] })]));
  await page.go();
  await page.isFocused(page.composer);
  await fromAccountMenu(page, "Import your history");
  await page.dialog.waitFor();
  const chooser = page.raw.waitForEvent("filechooser");
  chooser.catch(() => {});
  await use(page, page.dialog.getByRole("button", { name: "Choose a file" }));
  await (await chooser).setFiles(file);
  await page.dialog.getByText("1 of 1 conversations were imported.").waitFor();
  await use(page, page.button("Done"));
  await row(page, "From elsewhere").waitFor();
  await nothingOpen(page);
  await page.isFocused(page.raw.getByRole("button", { name: /Local user/ }));

  const ground = () => page.raw.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await fromAccountMenu(page, "Dark", "menuitemradio");
  await eventually("it is dark", async () => (await ground()) !== light);
  await page.keyboard.press("Escape");
  await fromAccountMenu(page, "Not on the server yet");
  await page.dialog.getByText("Everything is on the server.").waitFor();
  await page.keyboard.press("Escape");
  await nothingOpen(page);
  await page.keyboard.press("?");
  await page.dialog.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await nothingOpen(page);

  await page.keyboard.press("Control+k");
  await page.isFocused(page.dialog.getByRole("combobox"));
  await page.keyboard.type("cliff");
  await page.dialog.getByRole("option", { name: /cliff/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.answers.getByText("On the cliff.").waitFor();
  await nothingOpen(page);
  await use(page, page.button("Actions for this conversation"), "Shift+Tab");
  await choose(page, "Copy the address");
  await eventually("the address was copied", async () => (await clipboard(page)).endsWith(`?chat=${page.chat}`) || (await clipboard(page)).includes(page.chat));
  await page.isFocused(page.button("Actions for this conversation"));
});
