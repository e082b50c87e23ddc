// A tool of another server: its call is shown, waits for the person across a reload and a restart, and is carried out once.
import assert from "node:assert/strict";
import { McpServer } from "../blackbox/mcp_server.mjs";
import { eventually, scenario } from "./harness.mjs";

let mcp;
const withTools = {
  vendor: true,
  env: async (stage) => {
    mcp = await McpServer.start();
    stage.atEnd(() => mcp.stop());
    return { THREADKEEP_MCP: `files=${mcp.url}` };
  },
};

async function askForTool(stage, input = { say: "tea" }) {
  const { page, vendor } = stage;
  await eventually("the tools are known", async () => (await stage.api("GET", "/api/tools")).servers[0].state === "ready");
  vendor.calls("owl", "files__echo", input);
  await page.go();
  await page.chooseModel(/owl/);
  await page.ask("Say tea");
  await card(page).waitFor();
  vendor.says("owl", "It said so.");
}
const card = (page) => page.main.getByRole("group", { name: "echo of files waits for your word" });

scenario("a call is shown with its input, waits across a reload and a kill, and is allowed with the keyboard", withTools, async (stage) => {
  const { page } = stage;
  await askForTool(stage);
  await card(page).getByText('"say": "tea"').waitFor();
  assert.equal(mcp.callsOf("echo").length, 0);
  await page.reload();
  await card(page).waitFor();
  stage.allowServerAway();
  await stage.killServer();
  await card(page).getByText("You are offline. This waits until the server can be reached.").waitFor();
  assert.ok(await page.button("Allow once", card(page)).isDisabled());
  await stage.startServerAgain();
  await eventually("it can be decided again", () => page.button("Allow once", card(page)).isEnabled());
  await page.button("Allow once", card(page)).focus();
  await page.keyboard.press("Enter");
  await page.answers.getByText("It said so.").waitFor();
  assert.equal(await card(page).count(), 0);
  const done = page.main.getByRole("button", { name: "echo of files, allowed once" });
  await done.click();
  await page.main.getByText("You said tea").waitFor();
  assert.equal(mcp.callsOf("echo").length, 1);
});

scenario("another device decides, and what is allowed in the conversation is asked again from its settings on", withTools, async (stage) => {
  const { page, vendor } = stage;
  await askForTool(stage, { say: "x".repeat(2_000) });
  await card(page).getByText("Show what it is given").waitFor();
  const other = await stage.newWindow({ viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  await other.openConversation(page.chat);
  await page.button("Allow in this conversation", card(other)).click();
  await page.answers.getByText("It said so.").waitFor();
  await page.main.getByRole("button", { name: "echo of files, allowed in this conversation" }).waitFor();
  vendor.calls("owl", "files__echo");
  await page.ask("Again");
  await eventually("it ran unasked", () => mcp.callsOf("echo").length > 1);
  await page.answered();
  await page.button("Actions for this conversation").click();
  await page.choose("Settings of this conversation");
  const { dialog } = page;
  await dialog.getByRole("group", { name: "files" }).getByRole("checkbox", { name: "echo", exact: true }).waitFor();
  const unasked = dialog.getByRole("checkbox", { name: "Without asking: echo" });
  assert.ok(await unasked.isChecked());
  await unasked.uncheck();
  await page.button("Save", dialog).click();
  await page.ask("And again");
  await card(page).waitFor();
  vendor.says("owl", "Then not.");
  await page.button("Deny", card(page)).click();
  await page.answers.getByText("Then not.").waitFor();
  await page.main.getByRole("button", { name: "echo of files, not allowed" }).waitFor();
});
