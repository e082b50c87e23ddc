// Vendors and their keys, entered in the page: asked at once, changed, refused, removed; and no key anywhere in the browser.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { Vendor } from "./vendor.mjs";

const key = "sk-canary-of-the-page-0123456789";
const other = "sk-another-canary-9876543210";

const adding = (page) => page.dialog.getByRole("combobox", { name: "Add a vendor" });
const keyField = (page) => page.dialog.getByLabel(/^Key/);
const model = (page) => page.raw.getByRole("button", { name: /^Model: / });

async function openKeys(page) {
  await model(page).click();
  await page.raw.getByRole("menuitem", { name: "Models and keys…" }).click();
  await page.dialog.getByRole("heading", { name: "Models and keys" }).waitFor();
}

async function startVendor(stage) {
  const vendor = await Vendor.start(["owl", "parrot"]);
  stage.atEnd(() => vendor.stop().catch(() => {}));
  vendor.wantsKey(key);
  return vendor;
}

/** Everything that a page leaves behind. */
async function leftBehind(page) {
  return page.raw.evaluate(async () => {
    const all = [location.href, document.documentElement.outerHTML, JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state)];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const rows = await new Promise((resolve) => {
          const reading = database.transaction(store).objectStore(store).getAll();
          reading.onsuccess = () => resolve(reading.result);
        });
        all.push(JSON.stringify(rows));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) all.push(request.url, await (await cache.match(request)).text());
    }
    return all.join("\n");
  });
}

scenario("a vendor is entered with the keyboard and asked at once; a refused key leads back, and is replaced; removed, it is asked no more", {}, async (stage) => {
  const { page } = stage;
  const vendor = await startVendor(stage);
  await page.go();
  await page.button("Connect one").click();
  await page.dialog.getByText("Nobody yet, but for the built-in program.").waitFor();
  await adding(page).selectOption("Any address…");
  await page.isFocused(page.dialog.getByRole("textbox", { name: "Name" }));
  await page.keyboard.type("The one at home");
  await page.keyboard.press("Tab");
  await page.keyboard.type("http://models.example/v1");
  await page.keyboard.press("Tab");
  await page.isFocused(keyField(page));
  assert.deepEqual([await keyField(page).getAttribute("type"), await keyField(page).getAttribute("autocomplete"), await keyField(page).getAttribute("name")], ["password", "off", null]);
  await page.keyboard.type(key);
  await page.dialog.getByRole("alert").getByText("A key is sent by https:// only").waitFor();
  assert.ok(await page.button("Add", page.dialog).isDisabled());
  await page.dialog.getByRole("textbox", { name: "Address" }).fill(vendor.env.OPENAI_BASE_URL);
  await page.keyboard.press("Enter");
  await page.dialog.getByText("The one at home is saved.").waitFor();
  await page.dialog.getByText("Key entered, ends in …6789").waitFor();
  await page.dialog.getByText("Answers: 2 models").waitFor();
  await page.isFocused(adding(page));
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });

  await model(page).click();
  await page.raw.getByRole("menuitemradio", { name: /owl/ }).click();
  await page.ask("Who are you?");
  await page.answers.last().getByText("I am the owl.").waitFor();
  await page.answered();
  await page.quiet();
  const kept = await leftBehind(page);
  assert.ok(kept.includes("The one at home") && kept.includes("Who are you?"), "what is kept is found");
  assert.ok(!kept.includes(key));
  assert.ok(!stage.log.join("\n").includes(key));

  vendor.wantsKey(other);
  await page.ask("And now?");
  const refused = page.answers.last();
  await refused.getByText("Check the key.").waitFor();
  await page.button("Models and keys", refused).click();
  await page.button("Change The one at home", page.dialog).click();
  await keyField(page).fill(other);
  await page.button("Save", page.dialog).click();
  await page.dialog.getByText("Key entered, ends in …3210").waitFor();
  await page.keyboard.press("Escape");
  await page.dialog.waitFor({ state: "detached" });
  await page.button("Try again", refused).click();
  await page.answers.last().getByText("I am the owl.").waitFor();
  await page.answered();

  await openKeys(page);
  await page.button("Remove The one at home", page.dialog).click();
  await page.isFocused(page.button("Keep it", page.dialog));
  await page.keyboard.press("Enter");
  await page.isFocused(page.button("Remove The one at home", page.dialog));
  await page.keyboard.press("Enter");
  await page.button("Remove", page.dialog.getByRole("group", { name: "Remove The one at home?" })).click();
  await page.dialog.getByText("The one at home is removed, and its key with it.").waitFor();
  await page.dialog.getByText("Nobody yet").waitFor();
  await page.keyboard.press("Escape");
  await page.main.getByText(/owl.* does not answer now/i).waitFor();
  await page.quiet();
  const left = await leftBehind(page);
  assert.ok(!left.includes(key) && !left.includes(other));
});

scenario("what the environment sets up is shown and stays; without the server it is said, and nothing else", { vendor: ["owl"] }, async (stage) => {
  const { page } = stage;
  await page.go();
  await openKeys(page);
  const line = page.dialog.getByRole("listitem").filter({ hasText: "Key from the server’s environment" });
  await line.getByText("Answers: 1 model").waitFor();
  assert.equal(await line.getByRole("button").count(), 0);
  assert.ok(!(await adding(page).getByRole("option").allTextContents()).includes("OpenAI"));
  // Two devices: who has not seen the latest changes nothing.
  await stage.api("PUT", "/api/vendors/groq", { address: "http://127.0.0.1:1/v1" });
  await page.keyboard.press("Escape");
  await openKeys(page);
  await page.button("Change 127.0.0.1:1", page.dialog).click();
  await stage.api("PUT", "/api/vendors/groq", { address: "http://127.0.0.1:2/v1" });
  await keyField(page).fill(key);
  stage.allow(/412/);
  await page.button("Save", page.dialog).click();
  await page.dialog.getByRole("alert").getByText("changed elsewhere since").waitFor();
  await page.keyboard.press("Escape");

  stage.allowServerAway();
  await stage.stopServer();
  await page.status.getByText(/^Offline/).waitFor();
  await openKeys(page);
  await page.dialog.getByText(/Vendors and keys are kept there and not on this device/).waitFor();
  await stage.startServerAgain();
  await page.button("Try again", page.dialog).click();
  await line.waitFor();
});

scenario("on a phone, in the dark and from right to left it fits", { window: { viewport: { width: 360, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true } }, async (stage) => {
  const { page } = stage;
  const vendor = await startVendor(stage);
  await stage.api("PUT", "/api/vendors/at-home", { label: "דגמים בבית, על המחשב הישן שבמרתף", address: vendor.env.OPENAI_BASE_URL, key });
  await stage.api("PUT", "/api/vendors/groq", { address: "http://127.0.0.1:1/a/path/that/is/long/enough/to/need/a/second/line/v1", key });
  await page.go();
  for (const direction of ["ltr", "rtl"]) {
    await page.raw.evaluate((dir) => (document.documentElement.dir = dir), direction);
    await openKeys(page);
    await page.dialog.getByText("Answers: 2 models").waitFor();
    await page.assertFitsSideways();
    await page.button("Change דגמים בבית, על המחשב הישן שבמרתף", page.dialog).tap();
    await keyField(page).waitFor();
    await page.assertFitsSideways();
    await page.button("Cancel", page.dialog).tap();
    await page.keyboard.press("Escape");
    await eventually("it is closed", async () => (await page.dialog.count()) === 0);
  }
});
