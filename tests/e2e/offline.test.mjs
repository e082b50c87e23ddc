// Without the server: everything goes on, on the device; afterwards everything arrives, once and in order.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

const withWorker = { window: { serviceWorkers: "allow" } };

async function kept(page) {
  await page.raw.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  });
}

async function seed(stage, titles) {
  const ids = {};
  for (const title of titles.toReversed()) {
    const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(`What about ${title}?`) });
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock(`${title} are a long story, with a quinquereme in it.`) });
    ids[title] = id;
  }
  return ids;
}

/** Questions in the order the server stored them, of one conversation. */
async function questions(stage, id) {
  const { messages } = await stage.api("GET", `/api/conversations/${id}/messages?all=true&limit=200`);
  return messages.filter(({ role }) => role === "user").map(({ content }) => content[0].text);
}

async function goOffline(stage, page) {
  stage.allowServerAway();
  stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
  await page.raw.context().setOffline(true);
  await page.status.getByText(/^Offline/).waitFor();
}

scenario("offline: conversations are made, renamed, deleted and found, the page is reloaded, and all of it arrives once and in order", withWorker, async (stage) => {
  const { page } = stage;
  const ids = await seed(stage, ["Bees", "Clouds", "Doors"]);
  await page.openConversation(ids.Bees);
  await kept(page);
  await page.item("Doors").click();
  await page.answers.getByText("Doors are a long story").waitFor();
  await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
  await goOffline(stage, page);
  // The browser lets a request through while a page is loaded again: without a server nothing can arrive too early.
  await stage.stopServer();

  await page.write("Count the words: one");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
  await page.write("Count the words: one two");
  await page.questions.getByText("Count the words: one two", { exact: true }).waitFor();
  await page.item("Clouds").focus();
  await page.keyboard.press("F2");
  await page.keyboard.type("White clouds");
  await page.keyboard.press("Enter");
  await page.item("White clouds").waitFor();
  await page.act("Bees", "Delete");
  await eventually("it is gone from the list", async () => (await page.item("Bees").count()) === 0);
  await page.keyboard.press("Control+Shift+O");
  await page.write("A new one, far from the server");
  await page.questions.getByText("A new one, far from the server", { exact: true }).waitFor();
  const made = page.chat;
  assert.ok(made);
  await page.status.getByText(/^Offline: \d+ wait$/).waitFor();

  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("combobox").fill("quinquereme doors");
  await page.dialog.getByRole("option", { name: /Doors/ }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.answers.getByText("Doors are a long story").waitFor();

  await page.raw.reload();
  await page.answers.getByText("Doors are a long story").waitFor();
  await page.questions.getByText("Count the words: one two", { exact: true }).waitFor();
  await page.item("White clouds").waitFor();
  assert.equal(await page.item("Bees").count(), 0);

  await stage.startServerAgain();
  await page.raw.context().setOffline(false);
  await eventually("nothing waits any more", async () => (await page.status.getByRole("button").count()) === 0);
  await eventually("the questions are there", async () => (await questions(stage, ids.Doors)).length === 3);
  assert.deepEqual(await questions(stage, ids.Doors), ["What about Doors?", "Count the words: one", "Count the words: one two"]);
  assert.deepEqual(await questions(stage, made), ["A new one, far from the server"]);
  assert.equal((await stage.api("GET", `/api/conversations/${ids.Clouds}`)).title, "White clouds");
  assert.ok((await stage.api("GET", `/api/conversations/${ids.Bees}`)).deletedAt);
  const { conversations } = await stage.api("GET", "/api/conversations?limit=100");
  assert.equal(conversations.length, 3, "nothing came twice");
  await page.questions.last().hover();
  await eventually("and the page says so", async () => (await page.questions.last().locator("time").count()) === 1);
});

scenario("what waits is listed, can be thrown away after a question, and opens its conversation", withWorker, async (stage) => {
  const { page } = stage;
  const ids = await seed(stage, ["Bees"]);
  await page.openConversation(ids.Bees);
  await kept(page);
  await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
  await goOffline(stage, page);
  await stage.stopServer();
  await page.write("Sent by mistake");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
  await page.status.getByRole("button", { name: "Offline: 1 waits" }).click();
  await page.dialog.getByRole("heading", { name: "Not on the server yet" }).waitFor();
  const item = page.dialog.getByRole("listitem");
  await item.getByText("Sent by mistake", { exact: true }).waitFor();
  await page.button("Discard", item).click();
  await page.isFocused(page.button("Keep it", item));
  await page.button("Throw it away", item).click();
  await eventually("it is gone", async () => (await item.count()) === 0);
  await page.button("Close", page.dialog.locator("div").last()).click();
  await eventually("and not on the page", async () => (await page.questions.count()) === 1);
  await stage.startServerAgain();
  await page.raw.context().setOffline(false);
  await eventually("online again", async () => (await page.status.getByRole("button").count()) === 0);
  assert.deepEqual(await questions(stage, ids.Bees), ["What about Bees?"]);
});

scenario("a message that the server refuses is kept here, says why, and is sent once when it is tried again", {}, async (stage) => {
  const { page } = stage;
  const ids = await seed(stage, ["Bees"]);
  await page.openConversation(ids.Bees);
  await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
  stage.allow(/status of 422/);
  let isRefusing = true;
  const refuse = (route) =>
    isRefusing
      ? route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/invalid", title: "Refused", status: 422, detail: "The message is refused for this test." }) })
      : route.continue();
  await page.raw.route("**/generations", refuse);
  await page.write("Count the words: one two three");
  const notice = page.raw.getByRole("article", { name: "Question that was not sent" });
  await notice.getByText("The message is refused for this test.").waitFor();
  await notice.getByText("Count the words: one two three", { exact: true }).waitFor();
  await page.status.getByRole("button", { name: "1 could not be sent, kept here" }).waitFor();
  await page.reload();
  await notice.getByText("Count the words: one two three", { exact: true }).waitFor();
  isRefusing = false;
  await page.button("Try again", notice).click();
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
  assert.deepEqual(await questions(stage, ids.Bees), ["What about Bees?", "Count the words: one two three"]);
  assert.equal(await notice.count(), 0);
});

scenario("the list and an open conversation come from the device, before the server has said anything", {}, async (stage) => {
  const { page } = stage;
  const ids = await seed(stage, ["Bees", "Clouds"]);
  await page.openConversation(ids.Bees);
  await page.item("Clouds").waitFor();
  await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
  const held = [];
  await page.raw.route("**/api/**", (route) => void held.push(route));
  await page.raw.reload();
  await page.answers.getByText("Bees are a long story").waitFor();
  await page.item("Clouds").waitFor();
  assert.equal(await page.raw.title(), "Bees · Threadkeep");
  await page.raw.unroute("**/api/**");
  for (const route of held) await route.continue().catch(() => {});
});
