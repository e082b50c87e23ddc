// The history of another application, brought in through the page.
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { eventually, scenario } from "./harness.mjs";
import { chatgptConversation, largeExport, messagesIn } from "./exports.mjs";

async function importThroughThePage(page, file) {
  await page.dialog.waitFor();
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Choose a file").click();
  await (await chooser).setFiles(file);
  const table = page.dialog.getByRole("table", { name: "The import in numbers" });
  await table.waitFor();
  const rows = await table.locator("tbody tr").evaluateAll((lines) =>
    lines.map((line) => [...line.cells].map((cell) => cell.textContent)),
  );
  return Object.fromEntries(rows.map(([name, ...values]) => [name, values.map((value) => Number(value.replaceAll(",", "")))]));
}

const asShown = (title) => title.trim().replace(/\s+/g, " ");

scenario("an export is imported with a true report, once", {}, async (stage) => {
  const { page } = stage;
  const { text, conversations } = largeExport();
  const file = join(stage.folder, "conversations.json");
  writeFileSync(file, text);
  const [all, said] = [conversations.length, messagesIn(conversations)];

  await page.go();
  await page.button("Import your history").click();
  assert.deepEqual(await importThroughThePage(page, file), { Conversations: [all, all, 0, 0], Messages: [said, said, 0, 0] });
  await page.dialog.getByText(`${all} of ${all} conversations were imported.`).waitFor();
  await page.button("Done").click();
  await page.items.first().waitFor();

  await page.raw.getByRole("button", { name: /Local user|You|^L/ }).last().click();
  await page.raw.getByRole("menuitem", { name: "Import your history" }).click();
  assert.deepEqual(await importThroughThePage(page, file), { Conversations: [all, 0, all, 0], Messages: [said, 0, said, 0] });
  await page.dialog.getByText("Everything in this file was already here.").waitFor();
  await page.button("Done").click();
  const { conversations: stored } = await stage.api("GET", "/api/conversations?limit=200&archived=any");
  assert.deepEqual(stored.map(({ title }) => title).sort(), conversations.map(({ title }) => title.replace(/\s+/g, " ")).sort());
  assert.equal(stored.reduce((sum, { messageCount }) => sum + messageCount, 0), said);
});

scenario("the list is scrolled to the last conversation, and only what is in view is in the page", {}, async (stage) => {
  const { page } = stage;
  const { text, conversations } = largeExport();
  await stage.api("POST", "/api/import?name=conversations.json", text);
  await page.go();
  await page.items.first().waitFor();
  const expected = conversations.filter((one) => !one.is_archived).map(({ title }) => asShown(title));

  const seen = new Set();
  const box = await page.sidebar.boundingBox();
  await page.raw.mouse.move(box.x + 100, box.y + 100);
  await eventually("the last conversation is reached", async () => {
    for (const title of await page.titles()) seen.add(asShown(title));
    await page.raw.mouse.wheel(0, 250);
    return seen.size >= expected.length;
  });
  assert.deepEqual([...seen].sort(), expected.sort(), "each was in view on the way, and nothing else");
  assert.ok((await page.items.count()) < 60, "only what is in view is in the page");

  await page.items.last().click();
  await page.questions.first().waitFor();
});

scenario("a file that is no export is refused in words, and nothing is added", {}, async (stage) => {
  stage.allow(/status of 4\d\d/);
  const { page } = stage;
  const file = join(stage.folder, "notes.json");
  writeFileSync(file, "{ this is not JSON");
  await page.go();
  await page.button("Import your history").click();
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Choose a file").click();
  await (await chooser).setFiles(file);
  await page.dialog.getByText("The file could not be imported.").waitFor();
  await page.button("Choose another file").click();

  const one = join(stage.folder, "one.json");
  writeFileSync(one, JSON.stringify([chatgptConversation({ title: "Bees", time: 1_700_000_000, texts: ["Do bees sleep?", "They do."] })]));
  assert.deepEqual(await importThroughThePage(page, one), { Conversations: [1, 1, 0, 0], Messages: [2, 2, 0, 0] });
  await page.button("Done").click();
  await page.item("Bees").click();
  await page.answers.getByText("They do.").waitFor();
});

scenario("a long import counts what is read, and when it is stopped says what came in", {}, async (stage) => {
  stage.allow(/status of 4\d\d/);
  const { page } = stage;
  const file = join(stage.folder, "conversations.json");
  const count = 40_000;
  writeFileSync(file, JSON.stringify(Array.from({ length: count }, (_, n) => chatgptConversation({ title: `Number ${n}`, time: 1_700_000_000 + n, texts: ["Buzz?", "Buzz."] }))));
  await page.go();
  await page.button("Import your history").click();
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Choose a file").click();
  await (await chooser).setFiles(file);
  await page.dialog.getByText(/^Reading: [\d,]+ of about [\d,]+ conversations/).waitFor();
  await page.button("Stop", page.dialog).click();
  const said = await page.dialog.getByText(/^Of the \d+ conversations that it had read/).textContent();
  const [, found, imported] = /Of the (\d+) conversations that it had read, (\d+) came in/.exec(said).map(Number);
  assert.ok(imported > 0 && found < count, said);
  await page.dialog.getByText("The import was stopped.").waitFor();
  const all = async (cursor = "") => {
    const { conversations, nextCursor } = await stage.api("GET", `/api/conversations?limit=200&archived=any${cursor && `&cursor=${cursor}`}`);
    return conversations.length + (nextCursor ? await all(nextCursor) : 0);
  };
  assert.equal(await all(), imported, "nothing more came in after it was stopped");
});
