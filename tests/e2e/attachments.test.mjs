// Pictures and files: attached by button, by paste and by drop, offline too, and seen on another device.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { eventually, scenario } from "./harness.mjs";
import { png } from "./pictures.mjs";

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex");
const cat = png(600, 400);
const dog = png(300, 500, [200, 80, 40]);
const notes = Buffer.from("Milk, bread, tea.");

const attached = (page) => page.raw.getByRole("list", { name: "Attached files" }).getByRole("listitem");
const pictureIn = (within, name) => within.getByRole("button", { name: `Open the picture “${name}”` });

async function attachByButton(page, files) {
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Attach files").click();
  await (await chooser).setFiles(files);
}

async function give(page, how, files) {
  const given = files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString("base64") }));
  await page.composer.evaluate((field, { kind, list }) => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of list) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
    if (kind === "paste") field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    else {
      const place = document.querySelector("main");
      place.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
      place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, { kind: how, list: given });
}

async function storedFiles(stage, chat) {
  const { messages } = await stage.api("GET", `/api/conversations/${chat}/messages?all=true&limit=200`);
  return messages.flatMap(({ content }) => content.filter(({ type }) => type === "image" || type === "file"));
}

async function isDrawn(picture) {
  await eventually("the picture is drawn", () => picture.locator("img").evaluate((image) => image.complete && image.naturalWidth > 0));
}

scenario("files come in by button, paste and drop, go with the message, and a second device sees them", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await attachByButton(page, [{ name: "cat.png", mimeType: "image/png", buffer: cat }, { name: "notes.txt", mimeType: "text/plain", buffer: notes }]);
  await eventually("two are attached", async () => (await attached(page).count()) === 2);
  await give(page, "paste", [{ name: "dog.png", mimeType: "image/png", buffer: dog }]);
  await eventually("three", async () => (await attached(page).count()) === 3);
  await give(page, "drop", [{ name: "data.bin", mimeType: "", buffer: Buffer.from([1, 2, 3]) }]);
  await eventually("four", async () => (await attached(page).count()) === 4);
  await page.button("Take “data.bin” out").click();
  await eventually("three again", async () => (await attached(page).count()) === 3);

  await page.write("What is in these?");
  await page.answered();
  assert.equal(await attached(page).count(), 0);
  const picture = pictureIn(page.questions.last(), "cat.png");
  await isDrawn(picture);
  const box = await picture.boundingBox();
  assert.ok(Math.abs(box.width / box.height - 1.5) < 0.05, "it has the room that it needs");
  await page.questions.last().getByText("notes.txt").waitFor();
  const files = await storedFiles(stage, page.chat);
  assert.deepEqual(files, [
    { type: "image", attachmentId: hashOf(cat), name: "cat.png", mediaType: "image/png", size: cat.length, width: 600, height: 400 },
    { type: "file", attachmentId: hashOf(notes), name: "notes.txt", mediaType: "text/plain", size: notes.length },
    { type: "image", attachmentId: hashOf(dog), name: "dog.png", mediaType: "image/png", size: dog.length, width: 300, height: 500 },
  ]);

  await picture.click();
  await page.dialog.getByRole("img", { name: "cat.png" }).waitFor();
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.isFocused(picture);

  const other = await stage.newWindow();
  await other.openConversation(page.chat);
  await isDrawn(pictureIn(other.questions.last(), "dog.png"));
  const download = other.raw.waitForEvent("download");
  await other.button("Save “notes.txt”").click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "notes.txt");
});

scenario("offline: files are kept on the device with their message, through a reload, and arrive before it", { window: { serviceWorkers: "allow" } }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await page.ask("Count the words: one");
  await page.answered();
  await page.raw.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  });
  // The part of the page that draws files is here as well by now.
  await page.quiet();
  stage.allowServerAway();
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.status.getByText(/^Offline/).waitFor();
  await stage.stopServer();

  await attachByButton(page, [{ name: "cat.png", mimeType: "image/png", buffer: cat }]);
  await attached(page).getByText(/on this device/).waitFor();
  await page.reload();
  await attached(page).getByText(/on this device/).waitFor();
  await page.write("What is this?");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
  await isDrawn(pictureIn(page.questions.last(), "cat.png"));
  await page.reload();
  await isDrawn(pictureIn(page.questions.last(), "cat.png"));

  await stage.startServerAgain();
  await page.raw.context().setOffline(false);
  await page.raw.evaluate(() => window.dispatchEvent(new Event("online")));
  await eventually("it is answered", async () => (await page.answers.count()) === 2);
  await page.answered();
  assert.equal((await storedFiles(stage, page.chat))[0].attachmentId, hashOf(cat));
  assert.equal(createHash("sha256").update(Buffer.from(await (await fetch(`${stage.base}/api/attachments/${hashOf(cat)}`)).arrayBuffer())).digest("hex"), hashOf(cat));
});

scenario("on another device a picture comes small, and whole when it is opened; without the server the small one stays", {}, async (stage) => {
  const photograph = png(1_600, 1_200, [120, 40, 160], 3_000_000);
  const id = hashOf(photograph);
  await fetch(`${stage.base}/api/attachments`, { method: "POST", headers: { "Content-Type": "image/png" }, body: photograph });
  const chat = "01JD0000000000000000000001";
  await stage.api("POST", "/api/conversations", { id: chat, title: "Holiday" });
  const block = { type: "image", attachmentId: id, name: "sea.png", mediaType: "image/png", size: photograph.length, width: 1_600, height: 1_200 };
  await stage.api("POST", `/api/conversations/${chat}/messages`, { role: "user", content: [block, { type: "text", text: "The sea." }] });
  const asked = [];
  const watch = (page) => page.raw.on("request", (request) => request.url().includes(id) && asked.push(new URL(request.url()).pathname.slice(`/api/attachments/${id}`.length)));

  const { page } = stage;
  watch(page);
  await page.openConversation(chat);
  const picture = pictureIn(page.questions.last(), "sea.png");
  await isDrawn(picture);
  assert.deepEqual(asked, ["/thumbnail"], "a small one is enough for the message");
  assert.equal(await picture.locator("img").evaluate((image) => image.naturalWidth), 640);
  await page.quiet();

  stage.allow(/ERR_FAILED|Failed to load resource/);
  await page.raw.route(`**/api/attachments/${id}`, (route) => route.abort());
  await picture.click();
  await page.dialog.getByText("This is a small copy: the server cannot be reached.").waitFor();
  assert.equal(await page.dialog.getByRole("img", { name: "sea.png" }).evaluate((image) => image.naturalWidth), 640);
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.isFocused(picture);
  await page.raw.unroute(`**/api/attachments/${id}`);
  await picture.click();
  await eventually("the whole is here", () => page.dialog.getByRole("img", { name: "sea.png" }).evaluate((image) => image.naturalWidth === 1_600));
  assert.equal(await page.dialog.getByText(/small copy/).count(), 0);

  const other = await stage.newWindow();
  stage.allow(/status of 501/);
  await other.raw.route("**/thumbnail*", (route) => route.fulfill({ status: 501, contentType: "application/problem+json", body: "{}" }));
  await other.openConversation(chat);
  await isDrawn(pictureIn(other.questions.last(), "sea.png"));
});

scenario("an upload that fails is said plainly, and goes on when it can; one that is refused keeps the message here until it is tried again", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/status of (503|507)/);
  let mode = "away";
  await page.raw.route("**/api/attachments*", async (route) => {
    if (route.request().method() !== "POST" || mode === "well") return route.continue();
    const [status, kind] = mode === "away" ? [503, "storage-unavailable"] : [507, "quota-reached"];
    return route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ type: `/problems/${kind}`, title: kind, status, detail: "Nothing can be stored at the moment." }) });
  });
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await attachByButton(page, [{ name: "cat.png", mimeType: "image/png", buffer: cat }]);
  await attached(page).getByText("Nothing can be stored at the moment.").waitFor();
  mode = "well";
  await eventually("it was sent by itself", async () => (await fetch(`${stage.base}/api/attachments/${hashOf(cat)}`)).status === 200);

  mode = "full";
  await attachByButton(page, [{ name: "dog.png", mimeType: "image/png", buffer: dog }]);
  await attached(page).getByText("All your files together are as large as the server allows.").waitFor();
  await page.write("And these?");
  const failed = page.raw.getByRole("article", { name: "Question that was not sent" });
  await failed.getByText(/“dog.png” was not taken. All your files together/).waitFor();
  mode = "well";
  await page.button("Try again", failed).click();
  await page.answered();
  assert.deepEqual((await storedFiles(stage, page.chat)).map(({ name }) => name), ["cat.png", "dog.png"]);
});

scenario("a file that is not there is said to be missing; one that only says that it is a picture is not drawn", {}, async (stage) => {
  stage.allow(/status of 404/);
  const { page } = stage;
  await stage.api("POST", "/api/conversations", { id: "01JD0000000000000000000000", title: "Gone" });
  const lie = Buffer.from("<script>window.__ran = true</script>");
  await fetch(`${stage.base}/api/attachments`, { method: "POST", headers: { "Content-Type": "image/png" }, body: lie });
  const block = (id, name) => ({ type: "image", attachmentId: id, name, mediaType: "image/png", size: 10, width: 200, height: 100 });
  await stage.api("POST", "/api/conversations/01JD0000000000000000000000/messages", { role: "user", content: [block("a".repeat(64), "gone.png"), block(hashOf(lie), "lie.png"), { type: "text", text: "See?" }] });
  await page.openConversation("01JD0000000000000000000000");
  await page.questions.getByText("This picture is not on the server.").waitFor();
  await page.button("Save “lie.png”").waitFor();
  assert.equal(await page.raw.evaluate(() => window.__ran), undefined);
});

scenario("a question that is edited keeps its files, and they can be taken out", { window: { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true } }, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await attachByButton(page, [{ name: "cat.png", mimeType: "image/png", buffer: cat }, { name: "dog.png", mimeType: "image/png", buffer: dog }]);
  await eventually("two are attached", async () => (await attached(page).count()) === 2);
  await page.assertFitsSideways();
  await page.composer.fill("What are these?");
  await page.button("Send").click();
  await page.answered();
  await page.assertFitsSideways();
  await page.button("Edit and ask again").click();
  await page.button("Take “dog.png” out").click();
  await page.raw.getByRole("textbox", { name: "Edit the question" }).fill("What is this?");
  await page.button("Ask").click();
  await eventually("it is asked", async () => (await storedFiles(stage, page.chat)).length === 3);
  assert.deepEqual((await storedFiles(stage, page.chat)).map(({ name }) => name), ["cat.png", "dog.png", "cat.png"]);
});

scenario("an answer says which files its model was not given, and why", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", "I have seen the cat.");
  await page.go();
  await page.chooseModel(/owl/);
  await attachByButton(page, [{ name: "cat.png", mimeType: "image/png", buffer: cat }, { name: "data.bin", mimeType: "application/octet-stream", buffer: Buffer.from([1, 0, 3]) }]);
  await eventually("both are attached", async () => (await attached(page).count()) === 2);
  await page.write("What is in these?");
  await page.answered();
  const first = page.answers.first();
  await first.getByText("data.bin: this model takes no files of its kind").waitFor();
  assert.equal(await page.main.getByText("cat.png:").count(), 0, "the picture was given");
  await page.ask("And now?");
  await page.answered();
  await eventually("there are two answers", async () => (await page.answers.count()) === 2);
  await page.answers.last().getByText("data.bin: this model takes no files of its kind").waitFor();
  await page.ask("Count the words: one");
  await page.answered();
  await eventually("there are three answers", async () => (await page.answers.count()) === 3);
  await page.answers.last().getByText("data.bin:").waitFor();
  assert.equal(await page.main.getByText("data.bin:").count(), 2, "the question's own answer, and the newest one");
});
