// Keys at random over the whole page: nothing is sent and nothing is changed but by the key that does it, pressed where it does it.
// KEY_WALK_KEYS=10000 walks longer, KEY_WALK_SEED chooses another way; a failure names the seed and the keys before it.
import assert from "node:assert/strict";
import { conversations, scenario, textBlock, ulid } from "./harness.mjs";

const keysMax = Number(process.env.KEY_WALK_KEYS ?? 400);
const seed = Number(process.env.KEY_WALK_SEED ?? 1);

function randomFrom(start) {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a key does is asked of the server at once; this many keys later it would be something else's doing. */
const afterKeysMax = 4;

const letters = [..."abcdefghijklmnopqrstuvwxyz?/#*.1 "];
const others = ["Tab", "Shift+Tab", "Enter", "Escape", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "F2", "F6", "Delete", "Backspace", "Control+k", "Control+Shift+O", "Control+Enter", "Shift+Enter", "Shift+X"];
const words = ["rich", "just do it", "pet", "curve", "zebra", "?", "$", "export", "delete"];

/** Where the keyboard is, as a person would say it. */
function place() {
  const focus = document.activeElement;
  const within = (selector) => focus?.closest(selector) != null;
  const field = focus?.matches("input, textarea") ? (focus.getAttribute("aria-label") ?? "field") : "";
  const isWritten = field !== "" && focus.value.trim() !== "";
  const dialog = document.querySelector("[role=dialog]:not([data-drawer]) h2")?.textContent ?? "";
  const menu = document.querySelector("[role=menu]") !== null;
  const button = focus?.matches("button, a, [role^=menuitem]") ? focus.getAttribute("aria-label") || focus.textContent || "" : "";
  const selected = document.querySelector("[aria-label='Selected conversations']") !== null;
  const isRow = within("[data-list]") && !focus.matches("button");
  const isRunning = document.querySelector("[aria-label='Stop the answer']") !== null;
  return { field, isWritten, isRunning, dialog, menu, button, selected, isRow, isList: within("[data-side]") };
}

/** When the page has had this long, and has nothing more to do: on a busy machine what a key does takes longer. */
function idle(ms) {
  const whenIdle = () => new Promise((done) => requestIdleCallback(done, { timeout: 5000 }));
  return whenIdle().then(() => new Promise((done) => setTimeout(done, ms))).then(whenIdle).then(() => undefined);
}

/** What the key may do there: change something in the list, send, or nothing. */
function meant(key, { field, isRunning, dialog, menu, button, isList }) {
  const isPress = ["Enter", " ", "Shift+Enter", "Control+Enter"].includes(key);
  if (dialog) return isPress ? "change" : null;
  if (menu) return isPress ? "change" : null;
  // It stops the answer, and the button that it stands on says so.
  if (key === "Escape" && isRunning) return "change";
  if (field === "Message" || field === "Edit the question") return key === "Enter" || key === "Control+Enter" ? "send" : null;
  // Leaving a title that is being written keeps it.
  if (field) return ["Enter", "Tab", "Shift+Tab", "Control+k", "Control+Shift+O", "F6"].includes(key) ? "change" : null;
  if (isPress && button) return "change";
  if (isList && ["e", "u", "p", "#", "Delete", "z"].includes(key)) return "change";
  return null;
}

/** What a request asks for: the operations of a push, or a question. Looking at a conversation marks it as read, and that is all it does. */
function changesIn(request) {
  const path = new URL(request.url()).pathname;
  if (request.method() === "GET") return [];
  if (path === "/api/push") {
    const { operations } = request.postDataJSON();
    const isLook = (one) => one.type === "edit-conversation" && Object.keys(one.fields).join() === "isUnread" && one.fields.isUnread === false;
    return operations.filter((one) => !isLook(one)).map((one) => `${one.type} ${JSON.stringify(one.fields ?? {})}`);
  }
  return [`${request.method()} ${path}`];
}

scenario(`${keysMax} keys at random change nothing but where they are meant to`, {}, async (stage) => {
  const { page } = stage;
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const ids = await conversations(stage, Array.from({ length: 40 }, (_, index) => `Talk ${index}`));
  for (const id of ids.slice(0, 3)) await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock("So it is.") });
  await page.openConversation(ids[0]);
  await page.quiet();
  const keys = [];
  const unmeant = [];
  let mayChange = 0;
  let maySend = 0;
  // What is sent while an answer is written waits for its end, however many keys that takes: one question for each that was sent.
  let waiting = 0;
  page.raw.on("request", (request) => {
    for (const change of changesIn(request)) {
      const isSending = /generations$|append|create/.test(change);
      const isWaited = isSending && waiting > 0;
      if (/generations$/.test(change) && waiting > 0) waiting -= 1;
      if (isWaited || keys.length - (isSending ? maySend : mayChange) <= afterKeysMax) continue;
      unmeant.push(`${change} after ${keys.slice(-15).join(" ")}`);
    }
  });
  // Nothing is to leave the page by the keys alone: files, windows, the address.
  await page.raw.context().route(/\/api\/import/, (route) => route.abort());
  const press = async (key) => {
    const here = await page.raw.evaluate(place);
    const does = meant(key, here);
    keys.push(key);
    if (does === "change") mayChange = keys.length;
    // A question makes its conversation, and a press of a button may ask again or continue.
    if (does === "send" || (does === "change" && here.button)) maySend = mayChange = keys.length;
    if (does === "send" && here.isWritten) waiting += 1;
    await page.keyboard.press(key === " " ? "Space" : key);
    if (does) await page.raw.evaluate(idle, does === "send" || here.button ? 400 : 100);
  };
  while (keys.length < keysMax) {
    const turn = random();
    if (turn < 0.2) for (const letter of pick(words)) await press(letter);
    else if (turn < 0.3) for (let count = 0; count < 12; count += 1) await press("j");
    else await press(turn < 0.6 ? pick(letters) : pick(others));
    if (keys.length % 100 < 12) await page.raw.waitForTimeout(300);
    if (unmeant.length > 0) break;
  }
  await page.raw.waitForTimeout(1000);
  assert.deepEqual(unmeant, [], `seed ${seed}, ${keys.length} keys`);
});
