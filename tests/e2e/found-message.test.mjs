// A hit or a link leads to its message: however far back, on any branch, drawn and marked.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";
import { chatgptConversation } from "./exports.mjs";

const total = 600;

/** Of very different heights. */
function text(index) {
  const prose = `No. ${index}: ${"the paper on the desk was wet and nobody had closed the window ".repeat(1 + ((index * 31) % 14))}`;
  return index % 9 === 4 ? `${prose}\n\n\`\`\`js\n${"const answer = 42;\n".repeat(1 + (index % 23))}\`\`\`` : prose;
}

async function longConversation(stage) {
  const texts = Array.from({ length: total }, (_, index) => text(index));
  await stage.api("POST", "/api/import?name=long.json", JSON.stringify([chatgptConversation({ title: "Long", time: 1_700_000_000, texts })]));
  const [{ id }] = (await stage.api("GET", "/api/conversations")).conversations;
  const messages = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await stage.api("GET", `/api/conversations/${id}/messages?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    messages.unshift(...page.messages);
    cursor = page.nextCursor;
  }
  assert.equal(messages.length, total);
  return { id, messages };
}

/** The message stands at the upper edge, or as near to it as the ends allow, glows, and the page is whole. */
async function isShown(page, id, what) {
  await page.raw.locator(`[data-message="${id}"].found`).waitFor();
  const place = () =>
    page.messages.evaluate((box, wanted) => {
      const message = box.querySelector(`[data-message="${wanted}"]`)?.getBoundingClientRect();
      const { top, bottom } = box.getBoundingClientRect();
      return message && { isAtTop: Math.abs(message.top - top - 24) <= 3, isInView: message.top < bottom && message.bottom > top, isAtEnd: box.scrollTop + box.clientHeight >= box.scrollHeight - 2, isAtStart: box.scrollTop <= 60 };
    }, id);
  await eventually(`${what} is in view`, async () => {
    const now = await place();
    return now?.isInView && (now.isAtTop || now.isAtEnd || now.isAtStart);
  });
  await page.raw.waitForTimeout(400);
  const later = await place();
  assert.ok(later?.isInView && (later.isAtTop || later.isAtEnd || later.isAtStart), `${what} stays there: ${JSON.stringify(later)}`);
  assert.equal(await page.raw.getByText("This part of the page stopped working").count(), 0);
}

scenario("a link leads to its message, any number of messages back, from the device and from the server", {}, async (stage) => {
  const { page } = stage;
  const { id, messages } = await longConversation(stage);
  await page.openConversation(id);
  await page.quiet();
  for (const back of [1, 30, 49, 50, 51, 99, 100, 149, 199, 200, 249, 299, 300, 301, 350, 400, 450, 500, 550, 598, 600]) {
    const message = messages[total - back];
    await page.go(`/?chat=${id}&message=${message.id}`);
    await isShown(page, message.id, `${back} back`);
  }
  const other = await stage.newWindow();
  await other.raw.route(/\/api\/snapshot\?/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), messages: [], nextCursor: null } });
  });
  for (const back of [350, 199]) {
    await other.go(`/?chat=${id}&message=${messages[total - back].id}`);
    await isShown(other, messages[total - back].id, `${back} back, from the server`);
  }
});

scenario("hits one after the other in one visit, also on another branch", {}, async (stage) => {
  const { page } = stage;
  const { id, messages } = await longConversation(stage);
  // Another branch begins far back.
  const fork = messages[total - 420];
  const aside = ulid();
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: aside, parentId: fork.id, role: "user", content: textBlock("a word on another branch: okapi") });
  await stage.api("PATCH", `/api/conversations/${id}`, { headId: messages.at(-1).id });
  await page.openConversation(id);
  await page.quiet();
  const open = (message) =>
    page.raw.evaluate((href) => {
      history.pushState(null, "", href);
      dispatchEvent(new PopStateEvent("popstate"));
    }, `/?chat=${id}&message=${message}`);
  for (const back of [350, 99, 500, 3, 299]) {
    await open(messages[total - back].id);
    await isShown(page, messages[total - back].id, `${back} back`);
  }
  await open(aside);
  await isShown(page, aside, "the other branch");
  await open(messages[total - 299].id);
  await isShown(page, messages[total - 299].id, "299 back, on the first branch again");
});
