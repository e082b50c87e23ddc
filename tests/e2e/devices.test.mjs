// Several tabs and devices at once. The first scenarios are failures that other systems have had, by the number of the report.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

/** A conversation of so many turns; answers its id. */
async function conversation(stage, title, turns) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
  await addTurns(stage, id, turns, "turn");
  return id;
}

async function addTurns(stage, id, turns, word) {
  for (let turn = 1; turn <= turns; turn += 1) {
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(`Question of ${word} ${turn}`) });
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock(`Answer of ${word} ${turn}`) });
  }
}

/** Every message of the tree as the server has it. */
async function treeOf(stage, id) {
  const messages = [];
  let cursor = "";
  do {
    const page = await stage.api("GET", `/api/conversations/${id}/messages?all=true&limit=200${cursor && `&cursor=${cursor}`}`);
    messages.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor);
  return messages;
}
const textsOf = (messages) => messages.map(({ content }) => content.find(({ type }) => type === "text")?.text ?? "");

/** The texts are in the tree, each once. */
async function holds(stage, id, texts) {
  await eventually(`the server has ${texts}`, async () => {
    const have = textsOf(await treeOf(stage, id));
    return texts.every((text) => have.includes(text));
  });
  const have = textsOf(await treeOf(stage, id));
  for (const text of texts) assert.equal(have.filter((one) => one === text).length, 1, `"${text}" is there once`);
}

async function answeredAll(stage, id, questions) {
  await eventually("every question has its answer", async () => {
    const messages = await treeOf(stage, id);
    return questions.every((text) => {
      const question = messages.find((one) => textsOf([one])[0] === text);
      return question && messages.some(({ parentId, role, status }) => parentId === question.id && role === "assistant" && status === "complete");
    });
  });
}

const shows = (page, text) => page.questions.getByText(text, { exact: true }).waitFor();

/** The device is cut off; the browser says so for each request. */
async function goOffline(stage, page) {
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
}
const goOnline = (page) => page.raw.context().setOffline(false);

scenario("Open WebUI 28742: two devices that send at the same moment lose none of the messages", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Shared", 2);
  const phone = await stage.newWindow();
  await laptop.openConversation(id);
  await phone.openConversation(id);
  const asked = ["Count the words: one two", "Count the words: one two three"];
  await Promise.all([laptop.write(asked[0]), phone.write(asked[1])]);
  await answeredAll(stage, id, asked);
  await holds(stage, id, [...asked, "Question of turn 1", "Answer of turn 2"]);
  for (const page of [laptop, phone]) {
    await page.reload();
    await eventually("both are on the page, one of them as a branch", async () => {
      const shown = await page.questions.allInnerTexts();
      const here = asked.filter((text) => shown.some((one) => one.split("\n").includes(text)));
      return here.length === 2 || (here.length === 1 && (await page.questions.last().getByText(/^\d\/2$/).count()) === 1);
    });
  }
});

scenario("Open WebUI 19064: what one device says reaches the other, and neither takes anything away", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Both", 1);
  const phone = await stage.newWindow();
  await laptop.openConversation(id);
  await phone.openConversation(id);
  const asked = [];
  for (const [page, other, words] of [[laptop, phone, "one"], [phone, laptop, "one two"], [laptop, phone, "one two three"]]) {
    const text = `Count the words: ${words}`;
    await page.ask(text);
    await page.answered();
    asked.push(text);
    await shows(other, text);
    await eventually("the answer is there, too", async () => (await other.answers.count()) === asked.length + 1);
  }
  await holds(stage, id, asked);
  const path = await stage.api("GET", `/api/conversations/${id}/messages`);
  assert.equal(path.messages.length, 2 + 2 * asked.length, "one straight conversation");
});

scenario("conduit 443: asking again on a device that has only the newest page leaves a long conversation whole on every device", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Long", 100);
  await laptop.openConversation(id);
  await eventually("everything is on the laptop", async () => (await laptop.status.getByText("Fetching").count()) === 0);
  // The phone has no room: it gets the conversations, and of their messages only the page that it reads.
  const phone = await stage.newWindow();
  await phone.raw.route(/\/api\/snapshot\?/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), messages: [], nextCursor: null } });
  });
  await phone.openConversation(id);
  await phone.button("Ask again", phone.answers.last()).focus();
  await phone.keyboard.press("Enter");
  await phone.answers.last().getByText("2/2", { exact: true }).waitFor();
  await phone.answered();
  const messages = await treeOf(stage, id);
  assert.equal(messages.length, 201);
  const texts = Array.from({ length: 100 }, (_, at) => [`Question of turn ${at + 1}`, `Answer of turn ${at + 1}`]).flat();
  assert.deepEqual(textsOf(messages.slice(0, 200)), texts);
  assert.equal(messages[200].parentId, messages[198].id);

  // What the laptop held before is neither gone nor replaced by what the phone had: also without the server.
  await laptop.answers.last().getByText("2/2", { exact: true }).waitFor();
  await goOffline(stage, laptop);
  await laptop.button("Previous answer").focus();
  await laptop.keyboard.press("Enter");
  await laptop.answers.getByText("Answer of turn 100", { exact: true }).waitFor();
  await laptop.messages.focus();
  await eventually("the first question is still on the laptop", async () => {
    await laptop.keyboard.press("Home");
    return (await laptop.questions.getByText("Question of turn 1", { exact: true }).count()) === 1;
  });
});

scenario("codex 46746: a stale tab that sends after 40 newer turns from another device erases none of them, there or here", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Stale", 2);
  await laptop.openConversation(id);
  const phone = await stage.newWindow();
  await phone.openConversation(id);
  await goOffline(stage, laptop);
  // The first of the newer turns is asked on the phone itself, the others arrive there while it looks on.
  await phone.ask("Count the words: of the phone");
  await phone.answered();
  await addTurns(stage, id, 39, "elsewhere");
  await phone.answers.getByText("Answer of elsewhere 39", { exact: true }).waitFor();
  await laptop.write("Count the words: one two");
  await shows(laptop, "Count the words: one two");
  await goOnline(laptop);
  await answeredAll(stage, id, ["Count the words: one two"]);
  const asked = ["Count the words: of the phone", "Count the words: one two"];
  const messages = await treeOf(stage, id);
  assert.equal(messages.length, 4 + 80 + 2);
  await holds(stage, id, [...asked, "Question of elsewhere 1", "Answer of elsewhere 39"]);
  const stale = messages.find((one) => textsOf([one])[0] === asked[1]);
  const seen = messages.find((one) => textsOf([one])[0] === "Answer of turn 2");
  assert.equal(stale.parentId, seen.id, "under what its author had seen");
  for (const page of [laptop, phone]) {
    await page.reload();
    await shows(page, asked[1]);
  }
  // The other branch, with all that the phone said, is one step away on the stale device, and then what opens on the phone.
  await laptop.button("Previous wording").focus();
  await laptop.keyboard.press("Enter");
  await laptop.answers.getByText("Answer of elsewhere 39", { exact: true }).waitFor();
  await eventually("the branch is chosen", async () => (await stage.api("GET", `/api/conversations/${id}`)).headId === messages.find((one) => textsOf([one])[0] === "Answer of elsewhere 39").id);
  await phone.reload();
  await phone.answers.getByText("Answer of elsewhere 39", { exact: true }).waitFor();
});

scenario("SillyTavern 5864: two windows of one browser and another device write into one conversation, and nothing is lost", {}, async (stage) => {
  const first = stage.page;
  const id = await conversation(stage, "Windows", 1);
  await first.openConversation(id);
  const second = await stage.newTab();
  const phone = await stage.newWindow();
  for (const page of [second, phone]) await page.openConversation(id);
  const asked = ["Count the words: a b", "Count the words: a b c", "Count the words: a b c d e"];
  await Promise.all([first, second, phone].map((page, index) => page.write(asked[index])));
  await answeredAll(stage, id, asked);
  for (const page of [first, second, phone]) await page.answered();
  await first.ask("Count the words: a b c d");
  await first.answered();
  for (const page of [second, phone]) await shows(page, "Count the words: a b c d");
  await holds(stage, id, [...asked, "Count the words: a b c d", "Question of turn 1", "Answer of turn 1"]);
});

scenario("LibreChat 13335: an answer goes on while its device shows another conversation, is seen on a second device, and is there on coming back", {}, async (stage) => {
  const laptop = stage.page;
  const other = await conversation(stage, "Another", 1);
  await laptop.go();
  await laptop.ask("Tell me a story in 300 words");
  const id = laptop.chat;
  await laptop.saidAtLeast(5);
  await laptop.item("Another").click();
  await shows(laptop, "Question of turn 1");
  assert.equal(laptop.chat, other);
  // A device that was not there when it began joins it in the middle.
  const phone = await stage.newWindow();
  await phone.openConversation(id);
  await shows(phone, "Tell me a story in 300 words");
  await answeredAll(stage, id, ["Tell me a story in 300 words"]);
  await phone.answered();
  await laptop.raw.goBack();
  await shows(laptop, "Tell me a story in 300 words");
  await laptop.answered();
  const [, answer, ...more] = await treeOf(stage, id);
  assert.deepEqual(more, [], "asked and answered once");
  assert.equal(answer.status, "complete");
  for (const page of [laptop, phone]) assert.equal(await page.copied(page.answers.last()), textsOf([answer])[0]);
});

scenario("NextChat 2837: a deleted conversation does not come back from a device that still has it", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Gone", 1);
  await conversation(stage, "Stays", 1);
  const phone = await stage.newWindow();
  await laptop.go();
  await phone.go();
  await laptop.item("Gone").waitFor();
  await phone.item("Gone").waitFor();
  await goOffline(stage, phone);
  await phone.item("Gone").focus();
  await phone.keyboard.press("F2");
  await phone.keyboard.type("Renamed on the phone");
  await phone.keyboard.press("Enter");
  await phone.item("Renamed on the phone").waitFor();
  await laptop.act("Gone", "Delete");
  await eventually("it is deleted", async () => (await stage.api("GET", `/api/conversations/${id}`)).deletedAt);
  await goOnline(phone);
  await eventually("it is gone from the phone", async () => JSON.stringify(await phone.titles()) === '["Stays"]');
  await phone.raw.reload();
  await phone.item("Stays").waitFor();
  assert.deepEqual(await phone.titles(), ["Stays"]);
  assert.deepEqual(await laptop.titles(), ["Stays"]);
  assert.ok((await stage.api("GET", `/api/conversations/${id}`)).deletedAt);
});

scenario("a title, an archive, a folder and a delete made on one device are on the other, without a reload", {}, async (stage) => {
  const laptop = stage.page;
  await conversation(stage, "Bees", 1);
  await conversation(stage, "Clouds", 1);
  const phone = await stage.newWindow();
  await laptop.go();
  await phone.go();
  await phone.item("Bees").waitFor();
  await laptop.item("Bees").focus();
  await laptop.keyboard.press("F2");
  await laptop.keyboard.type("Wild bees");
  await laptop.keyboard.press("Enter");
  await phone.item("Wild bees").waitFor();
  await laptop.act("Wild bees", "Move to a folder…");
  await laptop.dialog.getByRole("combobox").fill("Garden");
  await laptop.keyboard.press("Enter");
  await phone.raw.getByRole("button", { name: "Garden 1" }).waitFor();
  await laptop.act("Clouds", "Archive");
  await eventually("archived there", async () => JSON.stringify(await phone.titles()) === '["Wild bees"]');
  await laptop.undo("Moved to the archive.");
  await phone.item("Clouds").waitFor();
  await laptop.act("Wild bees", "Delete");
  await eventually("deleted there", async () => JSON.stringify(await phone.titles()) === '["Clouds"]');
});

scenario("an answer is watched live on every device", {}, async (stage) => {
  const laptop = stage.page;
  const id = await conversation(stage, "Live", 1);
  const phone = await stage.newWindow();
  const tab = await stage.newTab();
  for (const page of [laptop, phone, tab]) await page.openConversation(id);
  await laptop.ask("Tell me a story in 2000 words");
  for (const page of [phone, tab]) {
    await page.stopButton.waitFor();
    const before = (await page.answers.last().innerText()).length;
    await eventually("it grows", async () => (await page.answers.last().innerText()).length > before);
  }
  await phone.stopButton.click();
  for (const page of [laptop, phone, tab]) await page.raw.getByText("Stopped.", { exact: true }).waitFor();
});

scenario("a draft outlives a killed tab, and follows to another", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Draft", 1);
  await page.openConversation(id);
  const other = await stage.newTab();
  await other.openConversation(id);
  await page.raw.bringToFront();
  await page.composer.fill("Half a thought");
  await other.raw.bringToFront();
  await eventually("it follows to the other tab", async () => (await other.composer.inputValue()) === "Half a thought");
  await other.raw.close();
  const crashed = page.raw.waitForEvent("crash");
  const session = await page.raw.context().newCDPSession(page.raw);
  session.send("Page.crash").catch(() => {});
  await crashed;
  const third = await stage.newTab();
  await third.openConversation(id);
  await eventually("it is still there", async () => (await third.composer.inputValue()) === "Half a thought");
  await third.composer.press("Enter");
  await shows(third, "Half a thought");
  await third.answered();
  assert.equal(await third.composer.inputValue(), "");
  await holds(stage, id, ["Half a thought"]);
});

scenario("an old tab is told to reload when a newer one has taken over the copy, and destroys nothing", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Upgrade", 1);
  await page.openConversation(id);
  await page.composer.fill("Kept while the page changes");
  const next = await stage.newTab();
  await next.raw.goto(`${stage.base}/favicon.svg`);
  // What a page of the next version does first: it opens the copy under a higher number.
  const stores = await next.raw.evaluate(async () => {
    const [{ name, version }] = (await indexedDB.databases()).filter((one) => /threadkeep/i.test(one.name));
    return new Promise((done, fail) => {
      const opening = indexedDB.open(name, version + 10);
      opening.onsuccess = () => {
        const names = [...opening.result.objectStoreNames];
        opening.result.close();
        done(names);
      };
      opening.onerror = () => fail(opening.error);
    });
  });
  assert.ok(stores.length > 0, "the copy is as it was");
  await page.raw.getByRole("alert").getByText("This tab is old.").waitFor();
  await page.composer.press("Enter");
  assert.equal(await page.composer.inputValue(), "Kept while the page changes", "nothing is sent from here any more");
  assert.deepEqual((await treeOf(stage, id)).length, 2);
});
