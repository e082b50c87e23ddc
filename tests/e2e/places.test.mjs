// Coming back leads to where one was: in a conversation, and in each of its branches.
import assert from "node:assert/strict";
import { eventually, scenario, textBlock, ulid } from "./harness.mjs";

scenario("page-branch-memory: a branch that is left and taken again is at the place where it was left, also after a reload", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "Branches" });
  const say = async (role, text, parentId) => (await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), parentId, role, content: textBlock(text) })).id;
  const first = await say("user", "first question", null);
  const old = await say("assistant", "old answer", first);
  const follow = await say("user", "follow-up", old);
  await say("assistant", "deep in the old one", follow);
  await say("assistant", "new answer", first);
  await say("assistant", "answer to the edited", await say("user", "first question, edited", null));
  await page.openConversation(id);
  const shows = (text) => page.main.getByText(text, { exact: true }).waitFor();
  const step = async (way, article) => {
    await article.hover();
    await article.getByRole("button", { name: new RegExp(`^${way} `) }).click();
  };
  await shows("answer to the edited");
  await step("Previous", page.questions.first());
  await shows("new answer");
  await step("Previous", page.answers.first());
  await shows("deep in the old one");
  await step("Next", page.questions.first());
  await shows("answer to the edited");
  await page.reload();
  await step("Previous", page.questions.first());
  await shows("deep in the old one");
});

scenario("a conversation that was left in its middle is there again on coming back, and one that was left at its end is at its end", {}, async (stage) => {
  const { page } = stage;
  const ids = [];
  for (const title of ["Long", "Other"]) {
    const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
    ids.push(id);
    for (let turn = 1; turn <= 30; turn += 1) {
      await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(`Question ${turn} of ${title}`) });
      await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: textBlock(`Answer ${turn} of ${title}.\n\n${"It is long. ".repeat(10 + (turn % 7) * 30)}\n\n\`\`\`js\nconst turn = ${turn};\n\`\`\``) });
    }
  }
  await page.openConversation(ids[0]);
  await page.item("Other").waitFor();
  const box = await page.messages.boundingBox();
  await page.raw.mouse.move(box.x + 300, box.y + 300);
  for (let count = 0; count < 8; count += 1) {
    await page.raw.mouse.wheel(0, -700);
    await page.raw.waitForTimeout(120);
  }
  const top = () =>
    page.messages.evaluate((region) => {
      const edge = region.getBoundingClientRect().top;
      const first = [...region.querySelectorAll("[data-message]")].find((one) => one.getBoundingClientRect().bottom > edge + 1);
      return { id: first?.dataset.message, top: Math.round(first?.getBoundingClientRect().top - edge) };
    });
  const before = await eventually("scrolling has ended", async () => {
    const now = await top();
    await page.raw.waitForTimeout(200);
    return JSON.stringify(await top()) === JSON.stringify(now) && now;
  });
  await page.item("Other").click();
  await page.answers.getByText("Answer 30 of Other.").waitFor();
  await eventually("the end is in view", () => page.messages.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight <= 60));
  await page.item("Long").click();
  await eventually("it is where it was left", async () => {
    const now = await top();
    return now.id === before.id && Math.abs(now.top - before.top) <= 2;
  });
  await page.raw.waitForTimeout(600);
  const after = await top();
  assert.ok(after.id === before.id && Math.abs(after.top - before.top) <= 2, `${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  await page.item("Other").click();
  await page.answers.getByText("Answer 30 of Other.").waitFor();
  await eventually("left at its end, it is at its end", () => page.messages.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight <= 60));
});
