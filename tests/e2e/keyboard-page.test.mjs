// With keys alone, second part: titles, older messages, what could not be sent, the copy on the device, and new versions of the page.
import assert from "node:assert/strict";
import { chatgptConversation } from "./exports.mjs";
import { conversations, eventually, textBlock, ulid } from "./harness.mjs";
import { act, fromAccountMenu, nothingOpen, row, toItem, use, walkTo, withKeysAlone } from "./keyboard.mjs";
import { Relay } from "./relay.mjs";

const withWorker = { window: { serviceWorkers: "allow" } };

/** Every part of the page is on the device, and the worker gives it out. */
async function kept(page) {
  await page.raw.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  });
}

async function typed(page, text) {
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

withKeysAlone("the title is edited in the top bar, and older messages are scrolled to and left again", {}, async (stage) => {
  const { page } = stage;
  const texts = Array.from({ length: 240 }, (_, index) => `No. ${index}: ${"a line of it. ".repeat(12)}`);
  await stage.api("POST", "/api/import?name=long.json", JSON.stringify([chatgptConversation({ title: "Long", time: 1_700_000_000, texts })]));
  const { conversations: [{ id }] } = await stage.api("GET", "/api/conversations");
  await page.openConversation(id);
  await page.isFocused(page.composer);
  await use(page, page.button("Long", page.main));
  const field = page.main.getByRole("textbox", { name: "Title of the conversation" });
  await page.isFocused(field);
  await typed(page, "Longer");
  await page.isFocused(page.button("Longer", page.main));
  await row(page, "Longer").waitFor();
  await page.keyboard.press("Enter");
  await page.isFocused(field);
  await page.keyboard.type("Something else");
  await page.keyboard.press("Escape");
  await page.isFocused(page.button("Longer", page.main));

  // From a button of the newest message, which goes away while older ones come into view.
  await walkTo(page, page.composer);
  await page.keyboard.press("Shift+Tab");
  await eventually("the focus is in a message", () => page.raw.evaluate(() => document.activeElement?.closest("article") !== null));
  const first = page.questions.getByText(/^No\. 0:/);
  const top = () => page.messages.evaluate((box) => box.scrollTop);
  for (let press = 0; press < 200 && (await first.count()) === 0; press += 1) {
    await page.keyboard.press("PageUp");
    await page.raw.waitForTimeout(30);
  }
  await page.keyboard.press("Home");
  await first.waitFor();
  await page.isFocused(page.messages);
  await page.keyboard.press("ArrowDown");
  await eventually("the arrow keys scroll", async () => (await top()) > 0);
  await page.keyboard.press("F6");
  await use(page, page.button("To the end"), "Shift+Tab");
  await page.answers.getByText(/^No\. 239:/).waitFor();
  await nothingOpen(page);
});

withKeysAlone("what waits without the server is looked at, copied, kept and thrown away", withWorker, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees"]);
  await page.openConversation(bees);
  await row(page, "Bees").waitFor();
  await kept(page);
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.isFocused(page.composer);
  await typed(page, "Sent by mistake");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
  await use(page, page.status.getByRole("button", { name: "Offline: 1 waits" }), "Shift+Tab");
  const item = page.dialog.getByRole("listitem");
  await use(page, page.button("Copy", item));
  await eventually("it was copied", async () => (await page.raw.evaluate(() => navigator.clipboard.readText())) === "Sent by mistake");
  await use(page, page.button("Discard", item));
  await page.isFocused(page.button("Keep it", item));
  await page.keyboard.press("Enter");
  await page.isFocused(page.button("Discard", item));
  await page.keyboard.press("Enter");
  await use(page, page.button("Throw it away", item), "Shift+Tab");
  await eventually("it is gone", async () => (await item.count()) === 0);
  await walkTo(page, page.button("Try to connect now", page.dialog));
  await page.raw.context().setOffline(false);
  await page.keyboard.press("Enter");
  await page.dialog.getByText("Everything is on the server.").waitFor();
  await page.keyboard.press("Escape");
  await nothingOpen(page);
  assert.equal((await stage.api("GET", `/api/conversations/${bees}/messages`)).messages.length, 1);
});

withKeysAlone("a question that the server refused is taken back, asked again, and tried again from the outbox", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees"]);
  await page.openConversation(bees);
  await row(page, "Bees").waitFor();
  stage.allow(/status of 422/);
  let isRefusing = true;
  const problem = { type: "/problems/invalid", title: "Refused", status: 422, detail: "The message is refused for this test." };
  await page.raw.route("**/generations", (route) =>
    isRefusing ? route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) }) : route.continue(),
  );
  const notice = page.raw.getByRole("article", { name: "Question that was not sent" });
  await page.isFocused(page.composer);
  await typed(page, "Count the words: one two");
  await notice.waitFor();
  await use(page, page.button("Back to writing", notice), "Shift+Tab");
  await page.isFocused(page.composer);
  assert.equal(await page.composer.inputValue(), "Count the words: one two");
  await typed(page, " three");
  await notice.waitFor();
  await use(page, page.button("Try again", notice), "Shift+Tab");
  await page.isFocused(page.composer);
  await notice.waitFor();
  await use(page, page.status.getByRole("button", { name: "1 could not be sent, kept here" }), "Shift+Tab");
  isRefusing = false;
  await use(page, page.button("Try again", page.dialog));
  await page.dialog.getByText("Everything is on the server.").waitFor();
  await use(page, page.button("Close", page.dialog).last());
  await nothingOpen(page);
  await page.answers.getByText("3 words").waitFor();
});

withKeysAlone("the copy is taken off the device, after a word about what was not sent", {}, async (stage) => {
  const { page } = stage;
  const [bees] = await conversations(stage, ["Bees"]);
  await page.openConversation(bees);
  await row(page, "Bees").waitFor();
  await fromAccountMenu(page, "Remove from this device…");
  await page.isFocused(page.button("Keep it", page.dialog));
  await page.keyboard.press("Enter");
  await nothingOpen(page);
  await page.isFocused(page.raw.getByRole("button", { name: /Local user/ }));
  await fromAccountMenu(page, "Remove from this device…");
  await page.raw.evaluate(() => (window.isBefore = true));
  await use(page, page.button("Remove", page.dialog));
  await eventually("the page begins anew", () => page.raw.evaluate(() => window.isBefore === undefined).catch(() => false));
  await row(page, "Bees").waitFor();
  await page.isFocused(page.composer);
});

withKeysAlone("a new version is loaded when it is asked for, and an old tab is loaded again", withWorker, async (stage) => {
  const { page } = stage;
  const relay = await Relay.start(stage.server);
  stage.atEnd(() => relay.stop());
  stage.base = relay.base;
  const isLoadedAgain = () => eventually("the page was loaded again", () => page.raw.evaluate(() => window.isBefore === undefined).catch(() => false));
  await page.go();
  await page.composer.waitFor();
  await kept(page);
  relay.change("/service-worker.js", (text) => text.replace(`"version":"`, `"version":"next-`));
  await page.raw.evaluate(async () => {
    window.isBefore = true;
    await (await navigator.serviceWorker.ready).update();
  });
  await use(page, page.status.getByRole("button", { name: /A new version is ready\./ }), "Shift+Tab");
  await isLoadedAgain();
  await page.isFocused(page.composer);

  const next = await stage.newTab();
  await next.raw.goto(`${stage.base}/favicon.svg`);
  await next.raw.evaluate(async () => {
    const [{ name, version }] = (await indexedDB.databases()).filter((one) => /threadkeep/i.test(one.name));
    await new Promise((done, fail) => {
      const opening = indexedDB.open(name, version + 10);
      opening.onsuccess = () => done(opening.result.close());
      opening.onerror = () => fail(opening.error);
    });
  });
  await page.raw.bringToFront();
  await page.raw.getByRole("alert").getByText("This tab is old.").waitFor();
  await page.raw.evaluate(() => (window.isBefore = true));
  await use(page, page.button("Reload", page.raw.getByRole("alert")), "Shift+Tab");
  await isLoadedAgain();
});

withKeysAlone("an idea of the first start is taken, and the browser is asked to keep what is here", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.isFocused(page.composer);
  await use(page, page.main.getByRole("list", { name: "Things to try" }).getByRole("button", { name: /^See how answers look/ }), "Shift+Tab");
  await page.isFocused(page.composer);
  assert.equal(await page.composer.inputValue(), "Show me a sample");
  await fromAccountMenu(page, "Ask the browser to keep it");
  await page.toasts.getByText(/^The browser (keeps it until you clear it|did not promise it)/).waitFor();
  await page.isFocused(page.raw.getByRole("button", { name: /Local user/ }));
});

withKeysAlone("what was just done is waved away, and stays done", {}, async (stage) => {
  const { page } = stage;
  const [ants] = await conversations(stage, ["Ants", "Bees"]);
  await page.go();
  await toItem(page, "Ants");
  await act(page, "Ants", "Archive");
  await row(page, "Ants").waitFor({ state: "detached" });
  await use(page, page.button("Dismiss", page.toasts));
  await page.toasts.locator("> *").waitFor({ state: "detached" });
  await nothingOpen(page);
  assert.equal((await stage.api("GET", `/api/conversations/${ants}`)).isArchived, true);
});

withKeysAlone("an import is stopped while the server reads, and tried again", {}, async (stage) => {
  const { page } = stage;
  const file = { name: "bees.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify([chatgptConversation({ title: "Bees", time: 1_700_000_000, texts: ["Buzz?", "Buzz."] })])) };
  let isHeld = true;
  stage.allow(/ERR_FAILED|ERR_ABORTED/);
  await page.raw.route("**/api/import*", (route) => (isHeld ? undefined : route.continue()));
  await page.go();
  await fromAccountMenu(page, "Import your history");
  // What the file window of the system gives; how it is opened is seen in the other import.
  await page.dialog.locator("input[type=file]").setInputFiles(file);
  await use(page, page.button("Stop", page.dialog));
  await page.dialog.getByText("The import was stopped.").waitFor();
  isHeld = false;
  await use(page, page.button("Try again", page.dialog));
  await page.dialog.getByText("1 of 1 conversations were imported.").waitFor();
  await page.keyboard.press("Escape");
  await nothingOpen(page);
  await row(page, "Bees").waitFor();
});

withKeysAlone("what a tool did and what was thought is folded out and in again", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "Tools" });
  const say = (role, content) => stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content });
  await say("user", textBlock("Look it up"));
  await say("assistant", [
    { type: "reasoning", text: "First the index, then the shelf." },
    { type: "tool_use", id: "call", name: "look_up", input: { word: "honeycomb" } },
    { type: "tool_result", toolUseId: "call", content: "It is on the third shelf." },
    { type: "text", text: "Found." },
  ]);
  await page.openConversation(id);
  await page.isFocused(page.composer);
  const inside = ["First the index", "third shelf"].map((text) => page.answers.last().getByText(text, { exact: false }));
  const folds = page.answers.last().locator("button[aria-expanded]:not([aria-haspopup])");
  for (let at = (await folds.count()) - 1; at >= 0; at -= 1) {
    await use(page, folds.nth(at), "Shift+Tab");
    assert.equal(await folds.nth(at).getAttribute("aria-expanded"), "true");
  }
  for (const text of inside) await text.first().waitFor();
  for (let at = 0; at < (await folds.count()); at += 1) {
    await use(page, folds.nth(at));
    assert.equal(await folds.nth(at).getAttribute("aria-expanded"), "false");
  }
  for (const text of inside) await text.first().waitFor({ state: "hidden" });
});

const phone = { viewport: { width: 360, height: 740 } };

withKeysAlone("in a narrow window the side bar is a drawer that opens, leads to a conversation, and closes", { window: phone }, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["Ants", "Bees"]);
  await page.go();
  await page.isFocused(page.composer);
  const show = page.button("Show the conversations");
  await use(page, show, "Shift+Tab");
  await page.sidebar.waitFor();
  await page.keyboard.press("Escape");
  await nothingOpen(page);
  await page.isFocused(show);
  await page.keyboard.press("Enter");
  await walkTo(page, page.item("Ants"));
  await page.keyboard.press("j");
  await page.isFocused(page.item("Bees"));
  await page.keyboard.press("Enter");
  await page.questions.getByText("About Bees").waitFor();
  await nothingOpen(page);
});
