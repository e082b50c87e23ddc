// Ten thousand messages: open at once, read backwards without a jump.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { chatgptConversation } from "./exports.mjs";

const total = 10_000;
/** The page asks for messages in pages of this many. */
const pageRows = 50;

const words = "The rain had stopped before anyone thought of closing the window, and the paper on the desk was wet.".split(" ");

/** Messages of very different heights, each with its number: "No. 17". */
function text(index) {
  if (index % 2 === 0) return `No. ${index}: and then?`;
  const length = (index * 7919) % 160;
  const prose = Array.from({ length }, (_, at) => words[(index + at) % words.length]).join(" ");
  if (index % 10 === 7) return `No. ${index}: ${prose}\n\n\`\`\`js\n${"const answer = 42;\n".repeat(1 + (index % 23))}\`\`\`\n\n${prose}`;
  if (index % 10 === 3) return `No. ${index}:\n\n| a | b |\n|---|---|\n${"| one | two |\n".repeat(1 + (index % 9))}`;
  return `No. ${index}: ${prose}\n\n${prose}`;
}

async function longConversation(stage) {
  const texts = Array.from({ length: total }, (_, index) => text(index));
  await stage.api("POST", "/api/import?name=long.json", JSON.stringify([chatgptConversation({ title: "Long", time: 1_700_000_000, texts })]));
  const { conversations } = await stage.api("GET", "/api/conversations");
  assert.equal(conversations[0].messageCount, total);
  return conversations[0].id;
}

/** The device gets the conversations and none of their messages, as one does that has no room: pages come as they are read. */
async function withoutMessages(page) {
  await page.raw.route(/\/api\/snapshot\?/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), messages: [], nextCursor: null } });
  });
}

/** But for the few newest messages whose words a new device shows while the page is loaded. */
const pagesAskedFor = (stage, id) => stage.requests(new RegExp(`/conversations/${id}/messages(?!\\?limit=6$)`));

/** The messages in view: their number and where they begin, in pixels from the top of the window. */
function inView(page) {
  return page.messages.evaluate((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return [...box.querySelectorAll("article")]
      .map((article) => ({ number: Number(/No\. (\d+)/.exec(article.innerText)?.[1]), top: article.getBoundingClientRect().top, bottom: article.getBoundingClientRect().bottom }))
      .filter((one) => one.bottom > top && one.top < bottom)
      .sort((a, b) => a.number - b.number);
  });
}

/** The same, once nothing has moved for some frames. */
async function atRest(page) {
  let before = "";
  return eventually("nothing moves", async () => {
    const now = await inView(page);
    await page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
    const isSame = JSON.stringify(now) === before;
    before = JSON.stringify(now);
    return isSame && now.length > 0 && now;
  });
}

scenario("a conversation of 10,000 messages opens at its end, with one page read and few messages drawn", {}, async (stage) => {
  const { page } = stage;
  const id = await longConversation(stage);
  await withoutMessages(page);
  await page.openConversation(id);
  const shown = await atRest(page);
  assert.equal(shown.at(-1).number, total - 1);
  await page.quiet();
  const asked = pagesAskedFor(stage, id);
  assert.equal(asked.length, 1, asked.join("\n"));
  assert.match(asked[0], new RegExp(`limit=${pageRows}(&|$)`));
  const drawn = await page.articles.count();
  assert.ok(drawn <= 30 && drawn >= 3, `${drawn} messages are in the page`);
  const below = await page.messages.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  assert.ok(below <= 2, `${below} px above the end`);
});

scenario("reading a long conversation backwards loads page by page and never jumps", {}, async (stage) => {
  const { page } = stage;
  const id = await longConversation(stage);
  await withoutMessages(page);
  await page.openConversation(id);
  let shown = await atRest(page);
  const box = await page.messages.boundingBox();
  await page.raw.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const step = 640;
  const worst = { off: 0 };
  for (let turn = 0; pagesAskedFor(stage, id).length < 5; turn += 1) {
    assert.ok(turn < 100, "further pages come");
    const anchor = shown.find(({ bottom }) => bottom > box.y + 20);
    await page.raw.mouse.wheel(0, -step);
    await eventually("it scrolls", async () => (await inView(page)).find(({ number }) => number === anchor.number)?.top !== anchor.top);
    shown = await atRest(page);
    const now = shown.find(({ number }) => number === anchor.number);
    assert.ok(now, `message ${anchor.number} is still in view, after ${turn} turns and ${pagesAskedFor(stage, id).length} pages: ${JSON.stringify({ anchor, shown })}`);
    const off = Math.abs(now.top - anchor.top - step);
    if (off > worst.off) Object.assign(worst, { off, turn, anchor, now });
    for (let at = 1; at < shown.length; at += 1) {
      assert.equal(shown[at].number, shown[at - 1].number + 1, "no message is missing or doubled");
      assert.ok(Math.abs(shown[at].top - shown[at - 1].bottom) <= 1, `message ${shown[at].number} follows the one before it`);
    }
  }
  assert.ok(worst.off <= 2, `a message moved by other than what was scrolled: ${JSON.stringify(worst)}`);
  assert.ok(shown[0].number < total - 3 * pageRows);
  assert.ok((await page.articles.count()) < 80, "what is far away is not in the page");
});

scenario("an older page that arrives late does not move what is read", {}, async (stage) => {
  const { page } = stage;
  const id = await longConversation(stage);
  await withoutMessages(page);
  const held = [];
  await page.raw.route(/\/messages\?.*upTo=/, (route) => held.push(route));
  await page.openConversation(id);
  await atRest(page);
  await page.messages.evaluate((box) => box.scrollTo({ top: 900 }));
  await eventually("the older page is asked for", () => held.length === 1);
  const before = await atRest(page);
  const height = await page.messages.evaluate((box) => box.scrollHeight);
  // Every frame from here on is looked at.
  await page.messages.evaluate((box, number) => {
    const article = [...box.querySelectorAll("article")].find((one) => one.innerText.includes(`No. ${number}:`));
    window.places = [];
    const look = () => {
      if (article.isConnected) window.places.push(article.getBoundingClientRect().top);
      window.looking = requestAnimationFrame(look);
    };
    look();
  }, before[1].number);
  await held.shift().continue();
  await eventually("the page has come", () => page.messages.evaluate((box, old) => box.scrollHeight > old + 1000, height));
  const after = await atRest(page);
  const same = after.find(({ number }) => number === before[1].number);
  assert.ok(same && Math.abs(same.top - before[1].top) <= 2, `from ${before[1].top} to ${same?.top}`);
  const places = await page.raw.evaluate(() => (cancelAnimationFrame(window.looking), window.places));
  assert.ok(places.length > 3);
  const moves = places.map((top) => Math.abs(top - before[1].top));
  assert.ok(Math.max(...moves) <= 2, `in some frame it was ${Math.max(...moves)} px away`);
});

scenario("an older page that cannot be read says so, and can be asked for again", {}, async (stage) => {
  const { page } = stage;
  stage.allowServerAway();
  const id = await longConversation(stage);
  await withoutMessages(page);
  let isAway = true;
  await page.raw.route(/\/messages\?.*upTo=/, (route) => (isAway ? route.abort("connectionrefused") : route.continue()));
  await page.openConversation(id);
  await atRest(page);
  await page.messages.evaluate((box) => box.scrollTo({ top: 0 }));
  await page.main.getByText("Older messages could not be read.").waitFor();
  isAway = false;
  await page.button("Try again", page.messages).click();
  await page.main.getByText("Older messages could not be read.").waitFor({ state: "detached" });
  await eventually("older messages are shown", async () => {
    await page.messages.evaluate((box) => box.scrollTo({ top: 0 }));
    return (await inView(page)).some(({ number }) => number < total - pageRows);
  });
});

scenario("a question in a long conversation is sent from anywhere in it, and answered at the end", {}, async (stage) => {
  const { page } = stage;
  const id = await longConversation(stage);
  await withoutMessages(page);
  await page.openConversation(id);
  await atRest(page);
  await page.messages.evaluate((box) => box.scrollTo({ top: 300 }));
  await page.button("To the end").waitFor();
  await page.write("Count the words: one two three");
  await page.answers.getByText("3 words").waitFor();
  await page.answered();
  await eventually("the end is in view", () => page.messages.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight <= 40));
  assert.equal((await stage.api("GET", `/api/conversations/${id}`)).messageCount, total + 2);
});
