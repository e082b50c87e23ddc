// A conversation keeps its model: when that does not answer, nobody else is asked by itself.
import assert from "node:assert/strict";
import { eventually, scenario } from "./harness.mjs";
import { Vendor } from "./vendor.mjs";

scenario("the model of a conversation is away after a start of the server: it is said, and no other is asked unless it is chosen", { vendor: true }, async (stage) => {
  const { page } = stage;
  const local = await Vendor.start(["local"]);
  stage.atEnd(() => local.stop().catch(() => {}));
  stage.vendor.env.OLLAMA_HOST = local.env.OPENAI_BASE_URL.replace("/v1", "");
  await stage.stopServer();
  await stage.startServerAgain();
  await page.go();
  const model = page.raw.getByRole("button", { name: /^Model: / });
  await model.click();
  await page.raw.getByRole("menuitemradio", { name: /local/ }).click();
  await page.ask("my private diary");
  await page.answers.getByText("I am the local.").waitFor();
  await page.answered();
  await page.quiet();

  stage.allowServerAway();
  await stage.stopServer();
  await local.stop();
  await stage.startServerAgain();
  await page.raw.reload();
  await page.main.getByText(/local.* does not answer now/i).waitFor();
  const before = stage.requests(/POST .*generations/).length;
  await page.composer.fill("more private words");
  await page.composer.press("Enter");
  await page.raw.waitForTimeout(1500);
  assert.equal(stage.requests(/POST .*generations/).length, before);
  assert.equal(await page.composer.inputValue(), "more private words");
  assert.match(await model.getAttribute("aria-label"), /local/i);

  await model.click();
  await page.raw.getByRole("menuitemradio", { name: /owl/ }).click();
  await page.main.getByText(/does not answer now/).waitFor({ state: "detached" });
  await page.composer.press("Enter");
  await page.answers.getByText("I am the owl.").waitFor();
  await eventually("one question was asked", () => stage.requests(/POST .*generations/).length === before + 1);
});

scenario("a vendor that does not answer is named among the models with its reason, and is there when it is asked again", { vendor: ["owl"] }, async (stage) => {
  const { page } = stage;
  const local = await Vendor.start(["local"]);
  const address = local.env.OPENAI_BASE_URL.replace("/v1", "");
  await local.stop();
  stage.vendor.env.OLLAMA_HOST = address;
  await stage.stopServer();
  await stage.startServerAgain();
  await page.go();
  await page.raw.getByRole("button", { name: /^Model: / }).click();
  const silent = page.raw.getByRole("group", { name: "Not answering" });
  await silent.getByText(/Ollama could not be reached/).waitFor();
  assert.equal(await page.raw.getByRole("menuitemradio", { name: /local/ }).count(), 0);
  await page.raw.getByRole("menuitemradio", { name: /owl/ }).waitFor();

  const again = await Vendor.start(["local"], Number(new URL(address).port));
  stage.atEnd(() => again.stop().catch(() => {}));
  // By the keyboard, and the menu stays.
  await silent.getByRole("menuitem", { name: "Try again" }).focus();
  await page.keyboard.press("Enter");
  await page.raw.getByRole("menuitemradio", { name: /local/ }).waitFor();
  await silent.waitFor({ state: "detached" });
});
