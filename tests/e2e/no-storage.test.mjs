// A browser that gives no storage, gives it late, or blocks a site's data: the page works from memory, and says so within three seconds.
import assert from "node:assert/strict";
import { conversations, eventually, scenario } from "./harness.mjs";

const faults = {
  "IndexedDB is missing": () => Object.defineProperty(window, "indexedDB", { value: undefined }),
  "IndexedDB throws when it is opened": () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("Blocked", "SecurityError");
    };
  },
  "IndexedDB cannot open its files": () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name) {
      // A version that is lower than the one that is there fails as a damaged file does: by an event.
      const request = open.call(this, `${name} broken`, 1);
      request.addEventListener("upgradeneeded", (event) => event.target.transaction.abort());
      return request;
    };
  },
  "IndexedDB never answers": () => {
    IDBFactory.prototype.open = () => new EventTarget();
  },
  "cookies and site data are blocked": () => {
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException(`Failed to read the '${name}' property`, "SecurityError");
        },
      });
    }
    window.BroadcastChannel = class {
      constructor() {
        throw new DOMException("Blocked", "SecurityError");
      }
    };
  },
  "local storage is full": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("Full", "QuotaExceededError");
    };
  },
};

for (const [what, fault] of Object.entries(faults)) {
  scenario(`${what}: the page works from memory and says so`, {}, async (stage) => {
    const { page } = stage;
    await conversations(stage, ["Kept at the server"]);
    await page.raw.addInitScript(fault);
    const began = Date.now();
    await page.go();
    await page.composer.waitFor();
    const isKept = what === "local storage is full";
    if (!isKept) await page.raw.getByText("This browser keeps nothing").first().waitFor();
    const waited = Date.now() - began;
    console.log(`# ${what}: ${waited} ms`);
    await page.sidebar.getByText("Kept at the server").waitFor();
    await page.ask("Count the words: one two three");
    await page.answers.getByText("3 words").waitFor();
    await page.answered();
    assert.equal(await page.raw.getByText("This tab is old").count(), 0);
    await eventually("it is at the server", async () => (await stage.api("GET", "/api/conversations")).conversations.length === 2);
  });
}

scenario("what was on the screen last is not shown as if it were alive", {}, async (stage) => {
  const { page } = stage;
  await conversations(stage, ["One"]);
  await page.go();
  await page.sidebar.getByText("One").waitFor();
  await page.raw.waitForTimeout(3000);
  await page.raw.addInitScript(faults["IndexedDB never answers"]);
  await page.raw.reload();
  await page.raw.getByText("This browser keeps nothing").first().waitFor({ timeout: 10_000 });
  await page.composer.fill("alive");
  assert.equal(await page.composer.inputValue(), "alive");
});
