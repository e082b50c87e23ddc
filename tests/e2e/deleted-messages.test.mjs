// One message, or a branch, is deleted from its menu, and brought back: by the toast, from the trash, on two devices, and without the server.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

/** A conversation of these texts, question and answer by turns; its id. */
async function conversation(stage, ...texts) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "Tea" });
  for (const [at, text] of texts.entries()) await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: at % 2 === 0 ? "user" : "assistant", content: textBlock(text) });
  return id;
}

const four = ["Which tea is best?", "Assam, strong.", "And in the evening?", "Rooibos, it has no caffeine."];

/** The messages that the page shows, by what is known of their texts. */
async function shown(page, texts) {
  const articles = await page.articles.allInnerTexts();
  return articles.map((text) => texts.find((one) => text.includes(one)) ?? text);
}
const shows = (page, texts, all = four) => eventually(`the page shows ${texts.join(" | ")}`, async () => (await shown(page, all)).join() === texts.join());

const messageOf = (page, text) => page.articles.filter({ hasText: text });
const alone = "Delete the message";
const onwards = "Delete it and all that follows";

/** Chooses from the menu of a message. */
async function act(page, text, action) {
  await messageOf(page, text).hover();
  await page.button("More actions", messageOf(page, text)).click();
  await page.choose(action);
}

async function openTrash(page) {
  await page.button("Actions for this conversation").click();
  await page.choose("Deleted messages");
  await page.dialog.getByRole("list", { name: "Deleted messages" }).waitFor();
}
const inTrash = (page, text) => page.dialog.getByRole("listitem").filter({ hasText: text });

const hasInTrash = (page, count) => eventually(`${count} are in the trash`, async () => (await page.button("Restore", page.dialog).count()) === count);

/** Opens the menu of the button that has the focus, and chooses by the letters of the line. */
async function chooseByKeys(page, line) {
  const item = page.raw.getByRole("menuitem", { name: line, exact: true });
  await page.keyboard.press("Enter");
  await item.waitFor();
  await page.keyboard.type(line);
  await page.isFocused(item);
  await page.keyboard.press("Enter");
}

const live = async (stage, id) => (await stage.api("GET", `/api/conversations/${id}/messages?all=true`)).messages.map(({ content }) => content[0].text);
const serverHas = (stage, id, texts) => eventually(`the server has ${texts.join(" | ")}`, async () => (await live(stage, id)).join() === texts.join());

/** Whether any row of any table of the browser has this word. */
function isOnDevice(page, word) {
  return page.raw.evaluate(
    async (wanted) => {
      const finished = (request) => new Promise((done, fail) => Object.assign(request, { onsuccess: () => done(request.result), onerror: fail }));
      for (const { name } of await indexedDB.databases()) {
        const db = await finished(indexedDB.open(name));
        const tables = await Promise.all([...db.objectStoreNames].map((table) => finished(db.transaction(table).objectStore(table).getAll())));
        db.close();
        if (JSON.stringify(tables).includes(wanted)) return true;
      }
      return false;
    },
    word,
  );
}

async function goOffline(stage, page) {
  stage.allowServerAway();
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.status.getByText(/^Offline/).waitFor();
}

scenario("a message in the middle is deleted, what follows stays, and undo brings it back where it was", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await act(page, four[1], alone);
  await shows(page, [four[0], four[2], four[3]]);
  await serverHas(stage, id, [four[0], four[2], four[3]]);
  await page.reload();
  await shows(page, [four[0], four[2], four[3]]);

  await act(page, four[2], alone);
  await shows(page, [four[0], four[3]]);
  await page.undo("Message deleted.");
  await shows(page, [four[0], four[2], four[3]]);
  await serverHas(stage, id, [four[0], four[2], four[3]]);
});

scenario("a branch is deleted from a message on; the trash has all of it and gives back one, or all", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await act(page, four[1], onwards);
  await shows(page, [four[0]]);
  await page.toasts.getByText("3 messages deleted.").waitFor();
  await serverHas(stage, id, [four[0]]);
  // The last one has nothing that follows.
  await messageOf(page, four[0]).hover();
  await page.button("More actions", messageOf(page, four[0])).click();
  await page.raw.getByRole("menuitem", { name: alone }).waitFor();
  assert.equal(await page.raw.getByRole("menuitem", { name: onwards }).count(), 0);
  await page.keyboard.press("Escape");

  await openTrash(page);
  await hasInTrash(page, 3);
  await page.button("Restore", inTrash(page, four[1])).click();
  await hasInTrash(page, 2);
  await page.button("Restore all").click();
  await page.dialog.getByText("No message of this conversation is in the trash.").waitFor();
  await page.keyboard.press("Escape");
  await shows(page, four);
  await serverHas(stage, id, four);
  await page.reload();
  await shows(page, four);
});

scenario("deleted for ever is asked about first, and then no device and no page of the server has the words", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await act(page, four[3], alone);
  await act(page, four[2], alone);
  await shows(page, four.slice(0, 2));
  await eventually("the device has its words", () => isOnDevice(page, "caffeine"));
  await openTrash(page);
  const asked = page.raw.getByRole("alertdialog", { name: "Delete for ever?" });
  await page.button("Delete for ever", inTrash(page, four[3])).click();
  await page.button("Keep it", asked).click();
  await hasInTrash(page, 2);
  await page.button("Delete for ever", inTrash(page, four[3])).click();
  await page.button("Delete for ever", asked).click();
  await hasInTrash(page, 1);
  await eventually("the server has erased it", async () => {
    const { messages } = await stage.api("GET", `/api/conversations/${id}/messages?all=true&deleted=true`);
    return messages[3].isErased === true;
  });
  const { messages } = await stage.api("GET", `/api/conversations/${id}/messages?trash=true`);
  assert.deepEqual(messages.map(({ content }) => content[0].text), [four[2]]);
  await eventually("no row of the device has its words", async () => !(await isOnDevice(page, "caffeine")));
});

scenario("a conversation whose messages are all deleted says so, and leads to them", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await act(page, four[0], onwards);
  await page.raw.getByRole("heading", { name: "This conversation is empty." }).waitFor();
  await serverHas(stage, id, []);
  await page.raw.reload();
  await page.button("Deleted messages").click();
  await page.button("Restore", inTrash(page, four[2])).click();
  await page.keyboard.press("Escape");
  await shows(page, [four[2]]);
});

scenario("a second device hears of it, and what it wrote under a deleted message stays", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, ...four);
  await laptop.openConversation(id);
  const phone = await stage.newWindow();
  await phone.openConversation(id);
  await act(laptop, four[3], alone);
  await shows(phone, four.slice(0, 3));
  await laptop.undo("Message deleted.");
  await shows(phone, four);

  await goOffline(stage, phone);
  await act(laptop, four[2], onwards);
  await shows(laptop, four.slice(0, 2));
  await phone.write("Count the words: one two");
  await phone.raw.context().setOffline(false);
  const late = "Count the words: one two";
  await shows(phone, [four[0], four[1], late, "2 words"], [...four, late, "2 words"]);
  await shows(laptop, [four[0], four[1], late, "2 words"], [...four, late, "2 words"]);
});

scenario("without the server it is gone at once, waits in the outbox, survives a reload, and goes out when the server is back", { window: { serviceWorkers: "allow" } }, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await page.raw.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  });
  await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
  await goOffline(stage, page);
  await stage.stopServer();
  await act(page, four[1], alone);
  await act(page, four[3], alone);
  await shows(page, [four[0], four[2]]);
  await page.status.getByText("Offline: 2 wait").waitFor();
  await openTrash(page);
  await hasInTrash(page, 2);
  await page.dialog.getByText("The server cannot be reached: there may be more.").waitFor();
  await page.button("Restore", inTrash(page, four[3])).click();
  await page.keyboard.press("Escape");
  await shows(page, [four[0], four[2], four[3]]);
  await page.reload();
  await shows(page, [four[0], four[2], four[3]]);
  await stage.startServerAgain();
  await page.raw.context().setOffline(false);
  await serverHas(stage, id, [four[0], four[2], four[3]]);
  await eventually("nothing waits", async () => (await page.status.getByText(/wait/).count()) === 0);
  await shows(page, [four[0], four[2], four[3]]);
});

scenario("an answer that is being written is stopped and deleted, and undo brings back what it had", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a long story");
  await page.saidAtLeast(5);
  await page.answers.last().click({ button: "right" });
  await page.choose(alone);
  await page.toasts.getByText("Message deleted; the answer that was being written is stopped.").waitFor();
  await eventually("it is gone", async () => (await page.answers.count()) === 0);
  await page.stopButton.waitFor({ state: "detached" });
  const { chat } = page;
  await eventually("the server has ended it", async () => {
    const { messages } = await stage.api("GET", `/api/conversations/${chat}/messages?trash=true`);
    return messages[0]?.status === "cancelled";
  });
  await page.undo("Message deleted; the answer");
  await page.answers.last().waitFor();
  await eventually("it has its words", async () => (await page.answers.last().innerText()).split(/\s+/).length >= 5);
  await page.reload();
  await eventually("it has its words still", async () => (await page.answers.last().innerText()).split(/\s+/).length >= 5);
});

scenario("all of it with the keyboard alone", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, ...four);
  await page.openConversation(id);
  await page.button("More actions", messageOf(page, four[1])).focus();
  await chooseByKeys(page, alone);
  await shows(page, [four[0], four[2], four[3]]);
  await page.isFocused(page.composer);
  await page.button("Actions for this conversation").focus();
  await chooseByKeys(page, "Deleted messages");
  const restore = page.button("Restore", inTrash(page, four[1]));
  await restore.waitFor();
  await eventually("the line is reached", async () => {
    await page.keyboard.press("Tab");
    return restore.evaluate((element) => element === document.activeElement);
  });
  await page.keyboard.press("Enter");
  await page.isFocused(page.button("Close", page.dialog));
  await page.keyboard.press("Escape");
  await shows(page, four);
  await serverHas(stage, id, four);
});
