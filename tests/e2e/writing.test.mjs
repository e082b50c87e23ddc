// What a person writes and pastes: it waits while an answer is written, it may be long, and nothing of it is lost or refused for what cannot be seen.
import assert from "node:assert/strict";
import { eventually, readEvents, scenario, textBlock, ulid } from "./harness.mjs";

const queue = (page) => page.raw.getByRole("region", { name: /messages? waits?/ });

async function treeOf(stage, id) {
  return (await stage.api("GET", `/api/conversations/${id}/messages?all=true&limit=200`)).messages;
}
const textsOf = (messages) => messages.map(({ content }) => content.find(({ type }) => type === "text")?.text ?? "");

/** Puts text on the clipboard and presses the keys that paste it. */
async function paste(page, text) {
  await page.raw.evaluate((words) => navigator.clipboard.writeText(words), text);
  await page.composer.focus();
  await page.keyboard.press("Control+v");
}

/** As a browser gives it: from the clipboard or the mouse, without a file on the machine. */
async function giveFiles(page, how, files) {
  await page.composer.evaluate((field, [kind, given]) => {
    const transfer = new DataTransfer();
    for (const { name, type, text } of given) transfer.items.add(new File([text], name, { type }));
    const options = { bubbles: true, cancelable: true };
    field.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { ...options, clipboardData: transfer }) : new DragEvent("drop", { ...options, dataTransfer: transfer }));
  }, [how, files]);
}

scenario("what is sent while an answer is written waits where it is seen, can be changed and taken back, and is asked in order", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a story in 2000 words");
  await page.saidAtLeast(5);
  for (const words of ["one", "one two", "one two three"]) await page.write(`Count the words: ${words}`);
  const items = queue(page).getByRole("listitem");
  await eventually("three wait", async () => (await items.count()) === 3);
  await queue(page).getByText("3 messages wait for the answer.").waitFor();
  assert.equal(await page.composer.inputValue(), "");
  assert.equal(await page.questions.count(), 1, "they are not in the conversation yet");

  await page.button("Do not send it", items.nth(0)).click();
  await eventually("two wait", async () => (await items.count()) === 2);
  await page.isFocused(page.composer);
  // The last one comes back with the arrow key, is changed, and goes to the end again.
  await page.keyboard.press("ArrowUp");
  await eventually("it is back in the field", async () => (await page.composer.inputValue()) === "Count the words: one two three");
  await eventually("it left the queue", async () => (await items.count()) === 1);
  await page.keyboard.type(" four");
  await page.keyboard.press("Enter");
  await eventually("two wait again", async () => (await items.count()) === 2);
  await page.raw.reload();
  await eventually("also after a reload", async () => (await items.count()) === 2);

  await page.stopButton.click();
  await eventually("all are asked", async () => (await items.count()) === 0 && (await page.questions.count()) === 3);
  await page.answered();
  const messages = await eventually("all are answered", async () => {
    const tree = await treeOf(stage, page.chat);
    return tree.length === 6 && tree.every(({ status }, index) => status === (index === 1 ? "cancelled" : "complete")) && tree;
  });
  assert.deepEqual(textsOf(messages).filter((_, index) => index % 2 === 0), ["Tell me a story in 2000 words", "Count the words: one two", "Count the words: one two three four"]);
  assert.deepEqual(messages.map(({ parentId }) => parentId), [null, ...messages.slice(0, 5).map(({ id }) => id)], "one straight conversation");
});

scenario("what is sent while the server is away in the middle of an answer waits, and is asked when it is back", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Tell me a story in 2000 words");
  await page.saidAtLeast(10);
  stage.allowServerAway();
  await stage.killServer();
  await page.status.getByText(/^Offline/).waitFor();
  await page.write("Count the words: one two");
  await queue(page).getByText("1 message waits for the server, kept on this device.").waitFor();
  assert.equal(await page.raw.getByText("goes on at the server").count(), 0, "nobody knows that");
  await stage.startServerAgain();
  await page.answers.getByText("2 words").waitFor();
  await page.answered();
  const messages = await treeOf(stage, page.chat);
  // What was read beyond the server's last checkpoint comes back beside the cut answer, and the question stands under it.
  const longer = messages.find(({ metadata }) => metadata.seenOf === messages[1].id);
  const [, cut, question] = messages.filter((message) => message !== longer);
  assert.deepEqual(messages.filter((message) => message !== longer).map(({ status }) => status), ["complete", "interrupted", "complete", "complete"]);
  assert.equal(question.parentId, (longer ?? cut).id);
});

scenario("2 MB are pasted, keys stay fast, and all of it is sent as text", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  const text = "one paragraph without an end ".repeat(72_000);
  const begin = Date.now();
  await paste(page, text);
  const piece = page.raw.getByRole("list", { name: "Pasted text" }).getByRole("listitem");
  await piece.getByText("2.1 MB").waitFor();
  const pasteMs = Date.now() - begin;
  assert.equal(await page.composer.inputValue(), "");
  await page.raw.evaluate(() => {
    window.keyMs = [];
    let begun = 0;
    addEventListener("keydown", () => (begun = performance.now()), true);
    addEventListener("input", () => requestAnimationFrame(() => setTimeout(() => window.keyMs.push(performance.now() - begun))));
  });
  await page.keyboard.type("Count the words of it", { delay: 40 });
  const keys = await eventually("all keys are drawn", () => page.raw.evaluate(() => window.keyMs.length >= 21 && window.keyMs));
  const sorted = [...keys].sort((a, b) => a - b);
  console.log(`# paste of 2 MB: ${pasteMs} ms; a key after it: ${sorted[10].toFixed(1)} ms (most: ${sorted.at(-1).toFixed(1)} ms)`);
  assert.ok(sorted[10] <= 50, `a key stroke takes ${sorted[10]} ms`);

  await page.button("Pasted text", piece).or(piece.getByRole("button", { expanded: false })).first().click();
  await piece.getByText(/more characters\. All of it is sent\./).waitFor();
  await page.composer.press("Enter");
  await page.questions.getByText("one paragraph without an end").first().waitFor();
  const sent = await eventually("it is on the server", async () => (await treeOf(stage, page.chat))[0]);
  assert.equal(sent.content[0].text, `${text}\n\nCount the words of it`);
  await eventually("nothing is left to send", async () => (await piece.count()) === 0);
});

scenario("a text that is too long for one message says so before it is sent, in megabytes", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await paste(page, "漢字".repeat(900_000));
  const note = page.raw.getByRole("alert").filter({ hasText: "Longer than 4.2 MB" });
  await note.getByText("These are 5.4 MB").waitFor();
  assert.equal(await page.button("Send").isEnabled(), false);
  await page.composer.press("Enter");
  await page.button("Remove the pasted text").click();
  await note.waitFor({ state: "detached" });
  assert.equal(await page.questions.count(), 0);
});

scenario("page-paste-control: what cannot be seen in a pasted text keeps no message from being sent", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await page.composer.focus();
  await page.raw.evaluate(() => document.execCommand("insertText", false, "Count the words: one \u0000 two \ud800 😀"));
  await page.composer.press("Enter");
  await page.answers.getByText("5 words").waitFor();
  const [question] = await treeOf(stage, page.chat);
  assert.equal(question.content[0].text, "Count the words: one \ufffd two \ufffd 😀");
});

scenario("a picture or a file that is pasted or dropped is attached, and export files are imported, all of them", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  const attached = page.raw.getByRole("list", { name: "Attached files" }).getByRole("listitem");
  await giveFiles(page, "paste", [{ name: "cat.png", type: "image/png", text: "x" }]);
  await attached.getByText("cat.png").waitFor();
  await giveFiles(page, "drop", [{ name: "notes.pdf", type: "application/pdf", text: "y" }, { name: "dog.png", type: "image/png", text: "z" }]);
  await attached.getByText("dog.png").waitFor();
  assert.equal(await attached.count(), 3);
  const chatgpt = (title) => {
    const message = { id: ulid(), author: { role: "user" }, create_time: 1_700_000_000, content: { content_type: "text", parts: [`About ${title}`] }, metadata: {} };
    return JSON.stringify([{ title, create_time: 1_700_000_000, update_time: 1_700_000_000, conversation_id: ulid(), current_node: "m", mapping: { root: { id: "root", parent: null, children: ["m"], message: null }, m: { id: "m", parent: "root", children: [], message } } }]);
  };
  stage.allow(/status of 4\d\d/);
  await giveFiles(page, "drop", [
    { name: "conversations-000.json", type: "application/json", text: chatgpt("Bees") },
    { name: "broken.json", type: "application/json", text: "{ nothing" },
    { name: "conversations-001.json", type: "application/json", text: chatgpt("Clouds") },
  ]);
  await page.dialog.getByText("2 of 2 conversations were imported.").waitFor();
  await page.dialog.getByText("broken.json").waitFor();
  await page.dialog.getByText(/This file was not imported\./).waitFor();
  await page.button("Done").click();
  await page.item("Bees").waitFor();
  await page.item("Clouds").waitFor();
});

/** The conversations in the file that its menu exports. */
async function exportOf(page, title) {
  const coming = page.raw.waitForEvent("download");
  await page.act(title, "Export");
  const chunks = [];
  for await (const chunk of await (await coming).createReadStream()) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()).conversations;
}

scenario("page-export-unsent: an export has what was not sent yet, also while the server is away, and says so", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Hello");
  await page.answered();
  const { chat } = page;
  const title = (await stage.api("GET", `/api/conversations/${chat}`)).title;
  stage.allow(/status of 422/);
  const refuse = (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/invalid", title: "Refused", status: 422, detail: "Refused for this test." }) });
  await page.raw.route("**/generations", refuse);
  await page.write("This one is refused");
  await page.raw.getByRole("article", { name: "Question that was not sent" }).waitFor();
  const online = await exportOf(page, title);
  await page.toasts.getByText("Exported. One message that was not sent yet is in it, marked.").waitFor();
  assert.deepEqual(textsOf(online[0].messages).filter((_, index) => index !== 1), ["Hello", "This one is refused"]);
  assert.equal(online[0].messages[2].metadata.notSent, "Refused for this test.");
  assert.equal(online[0].headId, online[0].messages[2].id);
  await page.raw.unroute("**/generations", refuse);

  stage.allowServerAway();
  await stage.stopServer();
  await page.write("And this one waits");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
  const [offline] = await exportOf(page, title);
  await page.toasts.getByText("Exported. 2 messages that were not sent yet are in it, marked.").waitFor();
  assert.deepEqual(textsOf(offline.messages).filter((_, index) => index !== 1), ["Hello", "This one is refused", "And this one waits"]);
  assert.equal(offline.messages[3].metadata.notSent, "waiting");
  const ids = new Set(offline.messages.map(({ id }) => id));
  assert.ok(offline.messages.every(({ parentId }) => parentId === null || ids.has(parentId)), "nothing stands under what is not in the file");
  await stage.startServerAgain();
  // It comes in again, as a file of this program.
  const report = await stage.api("POST", "/api/import?name=again.json", JSON.stringify({ format: "threadkeep", version: 1, exportedAt: 0, conversations: [offline] }));
  assert.equal(report.conversations.failed, 0, JSON.stringify(report));
});

scenario("page-draft-of-deleted: what was being written in a conversation that another device deletes for ever stays in reach", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.ask("Hello");
  await page.answered();
  await page.composer.fill("half a thought");
  stage.allow(/status of 404/);
  await stage.api("DELETE", `/api/conversations/${page.chat}?forever=true`);
  await page.raw.getByText("This conversation is not here.").waitFor();
  const kept = page.raw.getByRole("region", { name: "A draft of a deleted conversation" });
  await kept.getByText("half a thought").waitFor();
  await page.go();
  await kept.getByText("half a thought").waitFor();
  await page.button("Write it in a new conversation", kept).click();
  await eventually("it is in the field", async () => (await page.composer.inputValue()) === "half a thought");
  assert.equal(await kept.count(), 0);
  await page.reload().catch(() => undefined);
  await eventually("and stays there", async () => (await page.composer.inputValue()) === "half a thought");
});
