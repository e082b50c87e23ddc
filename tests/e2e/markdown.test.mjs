// What answers are made of beside text: formulas and diagrams.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

async function conversation(stage, title, answer) {
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
  for (const [role, text] of [["user", "Show it"], ["assistant", answer]]) {
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: textBlock(text) });
  }
  return id;
}

scenario("Formulas are drawn, money is not, and what cannot be drawn stays as it was written", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Formulas", "So $e^{i\\pi}+1=0$ for $5 and $10.\n\n$$\n\\frac{a}{b}\n$$\n\nNot $\\href{http://a.example}{x}$ and not $\\nothing$.");
  await page.openConversation(id);
  const answer = page.answers.last();
  await eventually("the formulas are drawn", async () => (await answer.locator(".katex").count()) === 2);
  const text = await answer.locator(".prose").innerText();
  for (const kept of ["for $5 and $10.", "$\\href{http://a.example}{x}$", "$\\nothing$"]) assert.ok(text.includes(kept), kept);
  const fonts = await page.raw.evaluate(() => [...document.fonts].filter((font) => font.family.includes("KaTeX") && font.status === "loaded").length);
  assert.ok(fonts > 0, "its fonts are ours, and loaded");
});

scenario("A diagram is drawn in a sandbox when asked for, and its source is one press away", {}, async (stage) => {
  const { page } = stage;
  const id = await conversation(stage, "Diagrams", "```mermaid\nflowchart LR\n  A[Start] --> B[End]\n```\n\nAnd:\n\n```mermaid\nno diagram at all\n```");
  await page.openConversation(id);
  const blocks = page.answers.last().locator(".code");
  assert.equal(stage.requests(/diagram/).length, 0, "nothing is loaded before");
  await page.button("Show diagram", blocks.nth(0)).click();
  await blocks.nth(0).locator("iframe[data-drawn]").waitFor();
  const frame = page.raw.frames().find((one) => one.url().endsWith("/diagram.html"));
  assert.equal(await frame.evaluate(() => origin), "null");
  assert.equal(await frame.evaluate(() => document.querySelectorAll("svg").length), 1);
  // What the browser says about the attempt.
  stage.allow(/connect-src|Content Security Policy directive|Fetch API cannot load/);
  const reached = await frame.evaluate(() => fetch("/api/conversations").then(() => "reached", () => "refused"));
  assert.equal(reached, "refused");
  await page.button("Show source", blocks.nth(0)).click();
  await blocks.nth(0).getByText("A[Start] --> B[End]").waitFor();
  await page.button("Show diagram", blocks.nth(1)).click();
  await blocks.nth(1).getByText("The diagram could not be drawn").waitFor();
  await blocks.nth(1).locator("code", { hasText: "no diagram at all" }).waitFor();
});
