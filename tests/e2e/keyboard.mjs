// A person without a mouse: walks to a control with the tab key, uses it, and is never helped by a pointer.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";

/** More than there are controls in any of the pages that are walked through. */
const stepsMax = 80;
/** More than there are lines in a menu, or rows in a list. */
const linesMax = 40;

/** A scenario in which any touch of a pointer is a failure. */
export function withKeysAlone(name, options, run) {
  scenario(`with keys alone: ${name}`, options, async (stage) => {
    const { page } = stage;
    const touches = await watchPointer(page);
    await run(stage);
    assert.deepEqual(touches, []);
    // What counts nothing proves nothing.
    await page.raw.mouse.move(9, 9);
    await eventually("a pointer is noticed", () => touches.length > 0);
  });
}

/** Whatever a pointer does in this page from now on, also after a reload. */
export async function watchPointer(page) {
  const touches = [];
  await page.raw.exposeFunction("pointerWasUsed", (kind) => void touches.push(kind));
  await page.raw.addInitScript(() => {
    for (const kind of ["pointerdown", "mousemove", "touchstart", "wheel"]) addEventListener(kind, () => window.pointerWasUsed(kind), true);
  });
  return touches;
}

const hasFocus = (locator) => locator.first().evaluate((element) => element === document.activeElement);

/** Walks with Tab, or backwards, until the control has the focus: what is never reached fails. */
export async function walkTo(page, control, key = "Tab") {
  await control.first().waitFor();
  for (let step = 0; step < stepsMax; step += 1) {
    if (await hasFocus(control)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${control} cannot be reached with ${key}`);
}

export async function use(page, control, key) {
  await walkTo(page, control, key);
  await page.keyboard.press("Enter");
}

/** In the menu that is open: down to the line, and into it. */
export async function choose(page, name, role = "menuitem") {
  const line = page.raw.getByRole(role, { name, exact: true }).first();
  await line.waitFor();
  // A menu moves its focus a task after the key: who presses again sooner goes past the line, and at the last one there is no further.
  const moved = () => page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  for (let step = 0; step < linesMax && !(await hasFocus(line)); step += 1) {
    await page.keyboard.press("ArrowDown");
    await moved();
  }
  await page.isFocused(line);
  await page.keyboard.press("Enter");
}

/** Chooses from the menu of a conversation in the list, which has the focus. */
export async function act(page, title, action) {
  await use(page, page.button(`Actions for “${title}”`));
  await choose(page, action);
}

export async function fromAccountMenu(page, name, role) {
  await use(page, page.raw.getByRole("button", { name: /Local user/ }));
  await choose(page, name, role);
}

/** A conversation in whatever list the side bar shows. */
export const row = (page, title) => page.raw.getByRole("complementary").getByRole("link", { name: title, exact: true });

/** From the message field, or from wherever one is, into the list. */
export async function toList(page) {
  await eventually("the focus is in the list", async () => {
    if (await page.raw.evaluate(() => document.activeElement?.closest("[data-list]") != null)) return true;
    await page.keyboard.press("F6");
  });
}

export async function toItem(page, title) {
  await row(page, title).waitFor();
  await toList(page);
  await page.keyboard.press("Home");
  await drawn(page);
  for (let step = 0; step < linesMax && !(await hasFocus(row(page, title))); step += 1) {
    await page.keyboard.press("j");
    await drawn(page);
  }
  await page.isFocused(row(page, title));
}

/** The focus is on something in the list, and stays there. */
export async function inList(page) {
  await eventually("the focus is in the list", () => page.raw.evaluate(() => document.activeElement?.closest("[data-list]") != null));
}

/** The focus is on this conversation in the list, or on its menu. */
export async function inRow(page, title) {
  await eventually(`the focus is in the row of ${title}`, () => row(page, title).evaluate((link) => link.closest("li").contains(document.activeElement)));
}

export async function nothingOpen(page) {
  await page.dialog.waitFor({ state: "detached" });
  await eventually("the focus is somewhere", () => page.raw.evaluate(() => document.activeElement !== document.body));
}

/** What was asked for in the last event has been drawn. */
function drawn(page) {
  return page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
