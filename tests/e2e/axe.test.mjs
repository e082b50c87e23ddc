// What axe-core finds on the main states of the page: nothing serious, in light and dark, wide and narrow.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { eventually, scenario } from "./harness.mjs";
import { everyday } from "./conversations.mjs";
import { McpServer } from "../blackbox/mcp_server.mjs";
import { png } from "./pictures.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The findings that keep somebody out, each with where it is. */
async function serious(page) {
  await page.raw.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))).then(() => undefined)).catch(() => {});
  await page.raw.evaluate(axe);
  const { violations } = await page.raw.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 140)} ${failureSummary.slice(0, 160)}`));
}

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

async function filled(stage) {
  await stage.api("POST", "/api/import?name=everyday.json", JSON.stringify(everyday(Date.now() / 1000)));
  const { conversations } = await stage.api("GET", "/api/conversations?limit=100");
  const [newest, second, third] = conversations;
  await stage.api("PATCH", `/api/conversations/${second.id}`, { folder: "Work", tags: ["urgent"] });
  await stage.api("PATCH", `/api/conversations/${third.id}`, { isPinned: true });
  return newest;
}

for (const colorScheme of ["light", "dark"]) {
  scenario(`axe finds nothing serious, ${colorScheme}`, { window: { colorScheme } }, async (stage) => {
    const { page } = stage;
    await page.go();
    await page.raw.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await serious(page), [], "first start");
    const newest = await filled(stage);
    await page.openConversation(newest.id);
    await page.raw.getByRole("button", { name: "Work 1" }).waitFor();
    await page.answers.last().hover();
    assert.deepEqual(await serious(page), [], "a conversation");
    await page.items.first().focus();
    await page.keyboard.press("x");
    await page.raw.getByText("1 selected").waitFor();
    assert.deepEqual(await serious(page), [], "selecting");
    for (const [key, dialog] of [["v", "Move to a folder"], ["t", "Tags"]]) {
      await page.items.first().focus();
      await page.keyboard.press(key);
      await page.dialog.getByRole("heading", { name: dialog }).waitFor();
      assert.deepEqual(await serious(page), [], dialog);
      await page.keyboard.press("Escape");
      await page.dialog.waitFor({ state: "detached" });
    }
    await page.button("Actions for this conversation").click();
    await page.choose("Settings of this conversation");
    await page.dialog.getByRole("slider").waitFor();
    assert.deepEqual(await serious(page), [], "settings");
    await page.keyboard.press("Escape");
    await page.dialog.waitFor({ state: "detached" });
    await stage.api("PUT", "/api/vendors/at-home", { label: "At home", address: "http://127.0.0.1:1/v1", key: "a-key" });
    await page.raw.getByRole("button", { name: /^Model: / }).click();
    await page.choose("Models and keys…");
    await page.dialog.getByText(/At home could not be reached/).waitFor();
    assert.deepEqual(await serious(page), [], "models and keys");
    await page.button("Change At home", page.dialog).click();
    await page.dialog.getByLabel(/^Key/).waitFor();
    assert.deepEqual(await serious(page), [], "a vendor");
    await page.keyboard.press("Escape");
    await page.dialog.waitFor({ state: "detached" });
    await page.raw.getByRole("button", { name: "Local user" }).click();
    await page.raw.getByRole("menu").waitFor();
    assert.deepEqual(await serious(page), [], "account menu");
    await page.choose("Trash");
    await page.raw.getByText("The trash is empty.").waitFor();
    assert.deepEqual(await serious(page), [], "trash");
    await page.keyboard.press("Control+k");
    await page.dialog.getByRole("combobox").fill("the");
    await eventually("hits", async () => (await page.dialog.getByRole("option").count()) > 2);
    assert.deepEqual(await serious(page), [], "search");
    await page.keyboard.press("Escape");
    await page.dialog.waitFor({ state: "detached" });
    stage.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/);
    await page.raw.context().setOffline(true);
    await page.write("Kept on this device");
    await page.questions.last().getByText("On this device", { exact: true }).waitFor();
    assert.deepEqual(await serious(page), [], "offline");
    await page.status.getByRole("button", { name: /^Offline/ }).click();
    await page.dialog.getByRole("heading", { name: "Not on the server yet" }).waitFor();
    assert.deepEqual(await serious(page), [], "outbox");
  });
}

scenario("axe finds nothing serious on a phone", { window: phone }, async (stage) => {
  const { page } = stage;
  const newest = await filled(stage);
  await page.openConversation(newest.id);
  assert.deepEqual(await serious(page), [], "a conversation");
  await page.button("Show the conversations").tap();
  await page.item(newest.title).waitFor();
  assert.deepEqual(await serious(page), [], "the drawer");
});

const withTools = {
  vendor: true,
  env: async (stage) => {
    const mcp = await McpServer.start();
    mcp.addTool("chart", () => ({ content: [{ type: "text", text: "الأرقام" }, { type: "image", mimeType: "image/png", data: png(300, 200).toString("base64") }] }));
    stage.atEnd(() => mcp.stop());
    return { THREADKEEP_MCP: `files=${mcp.url}` };
  },
};

/** Enter breaks the line on a phone. */
async function askHere(page, text) {
  await page.composer.fill(text);
  await page.button("Send").click();
}

for (const [colorScheme, dir, window] of [["light", "ltr", {}], ["dark", "rtl", phone]]) {
  scenario(`the call of a tool, what it gave and its settings, ${colorScheme}, ${dir}`, { ...withTools, window: { ...window, colorScheme } }, async (stage) => {
    const { page, vendor } = stage;
    await page.raw.addInitScript((value) => document.addEventListener("DOMContentLoaded", () => (document.documentElement.dir = value)), dir);
    await eventually("the tools are known", async () => (await stage.api("GET", "/api/tools")).servers[0].state === "ready");
    vendor.calls("owl", "files__chart", { say: "ارسم لي الأرقام", of: "x".repeat(300) });
    await page.go();
    await page.chooseModel(/owl/);
    await askHere(page, "Draw the numbers");
    const card = page.main.getByRole("group", { name: "chart of files waits for your word" });
    await card.waitFor();
    const sentence = card.getByText("The model wants to use chart of files");
    assert.equal(await sentence.evaluate((element) => getComputedStyle(element).direction), "ltr", "the words stay in their order");
    assert.deepEqual(await serious(page), [], "a call that waits");
    await page.assertFitsSideways();
    vendor.says("owl", "Here they are.");
    await page.button("Allow once", card).click();
    await page.answers.getByText("Here they are.").waitFor();
    await page.answered();
    const asked = JSON.stringify(vendor.asked.at(-1).messages);
    assert.match(asked, /الأرقام\\n\[Picture: picture\.png, image\/png\]/, "a model that takes no pictures of tools is told their names");
    await page.main.getByRole("button", { name: "chart of files, allowed once" }).click();
    const drawn = page.main.locator("img");
    await eventually("the picture is drawn", () => drawn.evaluate((img) => img.naturalWidth === 300 && img.src.startsWith("blob:")).catch(() => false));
    assert.deepEqual(await serious(page), [], "what a tool gave");
    await page.assertFitsSideways();
    await page.raw.getByRole("button", { name: /^Model: / }).click();
    await page.choose("Settings of this conversation");
    const unasked = page.dialog.getByRole("checkbox", { name: "Without asking: chart" });
    await unasked.focus();
    await page.keyboard.press("Space");
    assert.ok(await unasked.isChecked());
    assert.deepEqual(await serious(page), [], "tools in the settings");
    await page.assertFitsSideways();
    await page.dialog.getByRole("checkbox", { name: "Allowed here: Date and time" }).check();
    await page.button("Save", page.dialog).click();
    vendor.says("owl", "It is late.");
    await askHere(page, "What time is it?");
    await page.answers.getByText("It is late.").waitFor();
    assert.ok(vendor.asked.at(-1).tools.some((tool) => tool.function.name === "current_time"));
  });
}
