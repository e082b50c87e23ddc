// The page as a person uses it: its parts by role and label, and the things one does with them.
import assert from "node:assert/strict";
import { eventually } from "./harness.mjs";

export class Page {
  constructor(raw, stage) {
    this.raw = raw;
    this.stage = stage;
    this.keyboard = raw.keyboard;
    this.main = raw.getByRole("main");
    this.sidebar = raw.getByRole("navigation", { name: "Conversations" });
    this.composer = raw.getByRole("textbox", { name: "Message", exact: true });
    this.messages = raw.getByRole("region", { name: "Messages" }).and(raw.locator("[tabindex]"));
    this.articles = raw.getByRole("article");
    this.questions = raw.getByRole("article", { name: "Question", exact: true });
    this.answers = raw.getByRole("article", { name: "Answer", exact: true });
    this.stopButton = raw.getByRole("button", { name: "Stop the answer" });
    this.dialog = raw.getByRole("dialog");
    this.toasts = raw.getByRole("region", { name: "Messages" }).getByRole("status");
  }

  button(name, within = this.raw) {
    return within.getByRole("button", { name, exact: true });
  }

  async go(path = "/") {
    await this.raw.goto(this.stage.base + path);
  }

  /** Opens a conversation by its address, as from a bookmark; ready when its newest message is drawn. */
  async openConversation(id) {
    await this.go(`/?chat=${id}`);
    await this.articles.last().waitFor();
  }

  async reload() {
    await this.raw.reload();
    await this.articles.last().waitFor();
  }

  /** What the page does by itself is done: nothing more is asked of the server. Its stream of events never ends, so no network is ever idle. */
  async quiet() {
    let before = -1;
    await eventually("the page is quiet", async () => {
      await this.raw.waitForTimeout(400);
      const now = this.stage.requests(/./).length;
      const isQuiet = now === before;
      before = now;
      return isQuiet;
    });
  }

  /** The conversation's id in the address. */
  get chat() {
    return new URL(this.raw.url()).searchParams.get("chat");
  }

  /** Writes and sends, once it is known who will answer. */
  async write(text) {
    await this.raw.getByRole("button", { name: /^Model: / }).waitFor();
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  async chooseModel(name) {
    await this.raw.getByRole("button", { name: /^Model: / }).click();
    await this.raw.getByRole("menuitemradio", { name }).click();
  }

  /** The same; ready when the question stands in the conversation: from then on its answer is under way, or done. */
  async ask(text) {
    const before = await this.questions.count();
    await this.write(text);
    await eventually("the question is sent", async () => (await this.questions.count()) > before || (await this.stopButton.count()) > 0);
  }

  /** The answer is complete, stopped or failed, and the next question can be asked. */
  async answered() {
    await this.stopButton.waitFor({ state: "detached" });
    await eventually("the last answer is not busy", async () => (await this.answers.last().getAttribute("aria-busy")) === "false");
  }

  /** Waits until the last answer shows at least so many words; answers its text. */
  async saidAtLeast(words) {
    return eventually(`an answer of ${words} words`, async () => {
      const text = await proseOf(this.answers.last());
      return text.split(/\s+/).length >= words && text;
    });
  }

  /** A message's text as it is stored: by its copy button. */
  async copied(article) {
    await this.raw.evaluate(() => navigator.clipboard.writeText("(nothing was copied)"));
    await article.hover();
    await this.button("Copy", article).click();
    await this.button("Copied", article).waitFor();
    return this.raw.evaluate(() => navigator.clipboard.readText());
  }

  /** The links of the list that are in the page now, from the top. */
  get items() {
    return this.sidebar.getByRole("link");
  }

  async titles() {
    return this.items.allInnerTexts();
  }

  item(title) {
    return this.sidebar.getByRole("link", { name: title, exact: true });
  }

  /** Chooses from the menu of a conversation in the list. */
  async act(title, action) {
    await this.item(title).hover();
    await this.button(`Actions for “${title}”`).click();
    await this.choose(action);
  }

  /** Presses a line of the menu that is open. */
  async choose(action) {
    await this.raw.getByRole("menuitem", { name: action, exact: true }).click();
  }

  /** The line in the side bar that says how things stand with the server. */
  get status() {
    return this.raw.getByRole("complementary").getByRole("status");
  }

  /** Presses the undo of what was just done. */
  async undo(text) {
    const toast = this.toasts.locator("> *", { hasText: text });
    await toast.waitFor();
    await this.button("Undo", toast).click();
  }

  async isFocused(locator) {
    await eventually(`the focus is on ${locator}`, () => locator.evaluate((element) => element === document.activeElement));
  }

  /** Nothing can be scrolled sideways but tables and code in themselves, and nothing sticks out to the side. */
  async assertFitsSideways() {
    const { width } = this.raw.viewportSize();
    const found = await this.raw.evaluate((wide) => {
      const scrolls = ["auto", "scroll"];
      const isLetOff = (element) => element.closest("pre, [role=region][aria-label=Table], .sr-only, textarea, progress");
      const all = [...document.querySelectorAll("body, body *")].filter((element) => !isLetOff(element));
      const name = (element) => `${element.outerHTML.slice(0, 120)}`;
      return {
        page: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth) - wide,
        sideways: all.filter((element) => scrolls.includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1).map(name),
        out: all
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && box.height > 0 && (box.right > wide + 1 || box.left < -1))
          .map(({ element, box }) => `${Math.round(box.left)}..${Math.round(box.right)} ${name(element)}`),
      };
    }, width);
    assert.deepEqual(found, { page: 0, sideways: [], out: [] });
  }
}

/** What a message shows of its own text, without the page's words around it. */
export async function proseOf(article) {
  return (await article.locator(".prose").allInnerTexts()).join("\n\n");
}

/** Words only: what markdown and layout add is taken away. */
export function wordsOf(text) {
  return text.replace(/^#+ /gm, "").replace(/[*_`~]/g, "").split(/\s+/).filter(Boolean).join(" ");
}
