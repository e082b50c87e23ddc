// states: pictures of what a person may see beside a conversation in peace, each on a desktop, a tablet and a phone, light and dark, for somebody who
// looks at them. `npm run states`; they are put into build/states, or into STATES_FOLDER.
import { root } from "./environment.mjs";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everyday } from "./conversations.mjs";
import { scenario, textBlock, ulid } from "./harness.mjs";

const folder = process.env.STATES_FOLDER ?? join(root, "build/states");
const sizes = [
  { width: 1440, height: 900 },
  { width: 768, height: 1024 },
  { width: 360, height: 740 },
];

/** One state: `reach` leads the page there, and it is taken in every size. */
function state(name, options, reach) {
  scenario(name, options, async (stage) => {
    await stage.api("POST", "/api/import?name=conversations.json", everyday(Date.now() / 1000));
    await reach(stage);
    stage.complaints.length = 0;
    await takeAll(stage.page.raw, name);
  });
}

async function takeAll(raw, name) {
  mkdirSync(folder, { recursive: true });
  for (const viewport of sizes) {
    await raw.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await raw.emulateMedia({ colorScheme });
      await raw.waitForTimeout(400);
      await raw.screenshot({ path: join(folder, `${name.replace(/\W+/g, "-")}-${viewport.width}-${colorScheme}.png`) });
    }
  }
}

async function askOwl(page, text) {
  await page.go();
  await page.chooseModel(/owl/);
  await page.ask(text);
  await page.answered();
}

scenario("first start", {}, async ({ page }) => {
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).waitFor();
  await takeAll(page.raw, "first start");
});

state("welcome", {}, async ({ page }) => {
  await page.go();
  await page.items.first().waitFor();
  await page.quiet();
});

state("streaming", {}, async ({ page }) => {
  await page.go();
  await page.ask("Tell me a story in 3000 words");
  await page.saidAtLeast(40);
  await page.write("And then a poem about the same");
});

state("broke off", { vendor: true }, async ({ page, vendor }) => {
  vendor.breaks("owl", "The first half of what was to be said, ");
  await askOwl(page, "Compare three ways to keep backups");
});

state("key refused", { vendor: true }, async ({ page, vendor }) => {
  vendor.fails("owl", 401, "Incorrect API key provided");
  await askOwl(page, "Compare three ways to keep backups");
});

state("too many requests", { vendor: true }, async ({ page, vendor }) => {
  vendor.fails("owl", 429, "Slow down", { "retry-after": "3600" });
  await askOwl(page, "Compare three ways to keep backups");
});

async function chooseBoth(page) {
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: "Ask several at once" }).click();
  await page.raw.getByRole("menuitemcheckbox", { name: /^parrot/ }).click();
  await page.keyboard.press("Escape");
}

state("side by side", { vendor: true }, async ({ page, vendor }) => {
  vendor.says("owl", "## Three copies\n\n", "Keep three copies, on two kinds of media, one of them elsewhere.\n\n", "| Copy | Where |\n|---|---|\n| first | this machine |\n| second | a disk in the drawer |\n", "\n```sh\nthreadkeep backup family.tar\n```\n");
  vendor.says("parrot", "Use one good service, and try once a year whether it can be restored.");
  await chooseBoth(page);
  await page.write("Compare three ways to keep backups");
  await page.answers.getByText("Use one good service").waitFor();
  await page.answered();
});

state("side by side while they stream", { vendor: true }, async ({ page, vendor }) => {
  vendor.says("owl", ...Array.from({ length: 9_000 }, (_, n) => `word ${n} `));
  vendor.says("parrot", ...Array.from({ length: 9_000 }, (_, n) => `thing ${n} `));
  await chooseBoth(page);
  await page.write("Compare three ways to keep backups");
  await page.answers.getByText(/thing 40/).waitFor();
});

state("server away", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.items.first().click();
  await page.articles.last().waitFor();
  stage.allowServerAway();
  await stage.stopServer();
  await page.status.getByText(/^Offline/).waitFor();
  await page.composer.fill("Is this kept while the server is away?");
  await page.composer.press("Enter");
  await page.questions.last().getByText("On this device", { exact: true }).waitFor();
});

state("refused message", {}, async ({ page }) => {
  await page.go();
  await page.items.first().click();
  await page.articles.last().waitFor();
  const body = JSON.stringify({ type: "/problems/invalid", title: "Refused", status: 422, detail: "The message is refused to be seen." });
  await page.raw.route("**/generations", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body }));
  await page.write("Why is this one refused?");
  await page.raw.getByRole("article", { name: "Question that was not sent" }).waitFor();
});

state("old tab", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.items.first().click();
  await page.articles.last().waitFor();
  const next = await stage.newTab();
  await next.raw.goto(`${stage.base}/favicon.svg`);
  await next.raw.evaluate(async () => {
    const [{ name, version }] = (await indexedDB.databases()).filter((one) => /threadkeep/i.test(one.name));
    await new Promise((done) => (indexedDB.open(name, version + 10).onsuccess = done));
  });
  await page.raw.getByRole("alert").getByText("This tab is old.").waitFor();
  await page.raw.bringToFront();
});

state("model away", { vendor: true }, async (stage) => {
  const { page, vendor } = stage;
  vendor.says("owl", "I am the owl.");
  await askOwl(page, "Who are you?");
  await vendor.stop();
  await stage.stopServer();
  await stage.startServerAgain();
  await page.reload();
  await page.quiet();
});

state("import report", {}, async (stage) => {
  const { page } = stage;
  const file = join(stage.folder, "conversations.json");
  writeFileSync(file, JSON.stringify([...everyday(Date.now() / 1000), { title: "Broken", mapping: 7 }]));
  await chooseToImport(page, file);
  await page.dialog.getByRole("table", { name: "The import in numbers" }).waitFor();
});

state("import refused", {}, async (stage) => {
  const { page } = stage;
  const file = join(stage.folder, "notes.json");
  writeFileSync(file, "{ this is not JSON");
  await chooseToImport(page, file);
  await page.dialog.getByText("The file could not be imported.").waitFor();
});

state("import under way", {}, async (stage) => {
  const { page } = stage;
  const file = join(stage.folder, "conversations.json");
  writeFileSync(file, JSON.stringify(everyday(Date.now() / 1000)));
  await page.raw.route("**/api/import**", () => {});
  await chooseToImport(page, file);
  await page.raw.waitForTimeout(1_500);
});

async function chooseToImport(page, file) {
  await page.go();
  await page.raw.getByRole("button", { name: /Local user|You|^L/ }).last().click();
  await page.raw.getByRole("menuitem", { name: "Import your history" }).click();
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Choose a file").click();
  await (await chooser).setFiles(file);
}

state("search", {}, async ({ page }) => {
  await page.go();
  await page.items.first().waitFor();
  await page.quiet();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("backup");
  await page.raw.waitForTimeout(1_500);
});

state("search finds nothing", {}, async ({ page }) => {
  await page.go();
  await page.items.first().waitFor();
  await page.quiet();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("zzzzqqqq");
  await page.raw.waitForTimeout(1_500);
});

state("trash", {}, async (stage) => {
  const { page } = stage;
  await page.go();
  await page.items.first().waitFor();
  const [title] = await page.titles();
  await page.act(title, "Delete");
  await page.raw.getByRole("button", { name: /Local user|You|^L/ }).last().click();
  await page.raw.getByRole("menuitem", { name: /Trash/ }).click();
  await page.raw.waitForTimeout(1_000);
});

async function openNewest(page) {
  await page.go();
  await page.items.first().click();
  await page.answers.last().waitFor();
  await page.quiet();
}

async function deleteAll(page) {
  await openNewest(page);
  await page.questions.first().click({ button: "right" });
  await page.choose("Delete it and all that follows");
  await page.toasts.getByText("2 messages deleted.").waitFor();
}

state("menu of a message", {}, async ({ page }) => {
  await openNewest(page);
  await page.questions.first().click({ button: "right" });
  await page.raw.getByRole("menuitem", { name: "Delete the message" }).waitFor();
});

state("messages deleted", {}, async ({ page }) => deleteAll(page));

state("deleted messages", {}, async ({ page }) => {
  await deleteAll(page);
  await page.button("Actions for this conversation").click();
  await page.choose("Deleted messages");
  await page.dialog.getByRole("listitem").nth(1).waitFor();
});

state("deleted messages, for ever", {}, async ({ page }) => {
  await deleteAll(page);
  await page.button("Actions for this conversation").click();
  await page.choose("Deleted messages");
  await page.button("Delete for ever", page.dialog.getByRole("listitem").first()).click();
  await page.raw.getByRole("alertdialog").waitFor();
});

state("no such conversation", {}, async ({ page }) => {
  await page.go(`/?chat=${ulid()}`);
  await page.raw.waitForTimeout(2_000);
});

state("long words and right to left", {}, async (stage) => {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "ما هي أفضل طريقة لحفظ المحادثات الطويلة جدا التي لا تنتهي أبدا" });
  const add = (role, text) => stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: textBlock(text) });
  await add("user", "ما هي أفضل طريقة لحفظ المحادثات؟");
  await add("assistant", `1. نسخة احتياطية\n2. نسخة أخرى\n\n| الاسم | العدد |\n|---|--:|\n| نسخة | 12 |\n\n\`\`\`js\nlet a = 1;\n\`\`\`\n`);
  await add("user", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3));
  await add("assistant", `https://example.com/${"a-very-long-path/".repeat(20)}`);
  await stage.page.openConversation(id);
  await stage.page.quiet();
});
