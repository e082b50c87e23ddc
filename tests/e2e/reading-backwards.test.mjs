// Reading backwards with the wheel, looked at frame by frame: what is on the screen moves by what was asked, whatever comes in above it and however
// much higher or lower than it was thought a message turns out to be. READING_SEED repeats one walk, READING_TURNS sets its
// length, READING_SLOW slows the processor down by so much.
import assert from "node:assert/strict";
import { eventually, scenario, ulid } from "./harness.mjs";

const seed = Number(process.env.READING_SEED ?? 1);
const turns = Number(process.env.READING_TURNS ?? 25);
const total = 400;

function random(from) {
  let state = from;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Every line has a word that stands nowhere else: L17x203. */
function lines(index, count, width) {
  return Array.from({ length: count }, (_, at) => `L${index}x${at} ${"the rain had stopped ".repeat(width)}`.trim());
}

const formulas = (rows) => rows.map((row) => `${row}\n\n$$\\sum_{i=0}^{n} \\frac{i^2}{2}$$`).join("\n\n");

function contentOf(index) {
  const pick = random(index * 7919 + 13);
  if (index % 2 === 0) return [{ type: "text", text: lines(index, 1 + pick(2), pick(6)).join("\n\n") }];
  const high = [1, 3, 12, 40, 300][pick(5)];
  const text = (kind) => {
    const rows = lines(index, high, kind === "prose" ? pick(12) : 1);
    if (kind === "code") return `Before.\n\n\`\`\`js\n${rows.map((row) => `const a = 42; // ${row}`).join("\n")}\n\`\`\`\n\nAfter.`;
    if (kind === "table") return `| a | b |\n|---|---|\n${rows.slice(0, 60).map((row) => `| ${row} | 2 |`).join("\n")}`;
    if (kind === "list") return rows.map((row) => `- ${row}`).join("\n");
    if (kind === "math") return formulas(rows.slice(0, 40));
    return rows.join("\n\n");
  };
  const kind = ["prose", "code", "table", "list", "math"][pick(5)];
  const thoughts = pick(3) === 0 ? [{ type: "reasoning", text: `Thinking about it. ${"And on. ".repeat(200)}` }] : [];
  return [...thoughts, { type: "text", text: text(kind) }];
}

async function variedConversation(stage) {
  const id = ulid();
  const messages = [];
  for (let index = 0; index < total; index += 1) {
    const common = { id: ulid(), parentId: messages.at(-1)?.id ?? null, status: "complete", createdAt: 1_700_000_000_000 + index, metadata: {} };
    messages.push({ ...common, role: index % 2 === 0 ? "user" : "assistant", content: contentOf(index) });
  }
  const conversation = { id, title: "Varied", titleSource: "user", createdAt: 5, updatedAt: 5, tags: [], metadata: {}, messages };
  const report = await stage.api("POST", "/api/import?name=x.json", { format: "threadkeep", version: 1, exportedAt: 5, conversations: [conversation] });
  assert.equal(report.messages.imported, total);
  return id;
}

/** Looks at every frame: by how much the words that stay in view have moved, and how much of what the wheel asked for is still to come. */
function watch(box) {
  // Also of what is drawn around the view: one turn of the wheel may be more than a screen.
  const words = () => {
    const { top, bottom } = box.getBoundingClientRect();
    const margin = 3 * (bottom - top);
    const places = new Map();
    const range = document.createRange();
    for (const article of box.querySelectorAll("article")) {
      const place = article.getBoundingClientRect();
      if (place.bottom <= top - margin || place.top >= bottom + margin) continue;
      const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const match of node.data.matchAll(/L\d+x\d+/g)) {
          range.setStart(node, match.index);
          range.setEnd(node, match.index + match[0].length);
          const rect = range.getBoundingClientRect();
          if (rect.height > 0 && rect.bottom > top - margin && rect.top < bottom + margin) places.set(match[0], { at: rect.top, isSeen: rect.bottom > top && rect.top < bottom });
        }
      }
    }
    return places;
  };
  const seen = { asked: 0, moved: 0, frames: 0, jumps: [] };
  box.addEventListener("wheel", (event) => (seen.asked -= event.deltaY), { passive: true });
  let before = words();
  const look = () => {
    const now = words();
    const moves = [...now].filter(([word]) => before.get(word)?.isSeen).map(([word, { at }]) => [word, at - before.get(word).at]);
    seen.frames += 1;
    if (moves.length > 0) {
      const sorted = moves.map(([, by]) => by).sort((a, b) => a - b);
      const by = sorted[Math.floor(sorted.length / 2)];
      const left = seen.asked - seen.moved;
      seen.moved += by;
      if (by < -2 || by > left + 2) seen.jumps.push({ frame: seen.frames, by: Math.round(by), left: Math.round(left), words: [moves[0][0], moves.at(-1)[0]], top: Math.round(box.scrollTop) });
      else if (sorted.at(-1) - sorted[0] > 2) seen.jumps.push({ frame: seen.frames, torn: sorted.at(-1) - sorted[0], words: moves.filter(([, one]) => Math.abs(one - by) > 2).slice(0, 3), by, top: Math.round(box.scrollTop) });
    } else if ([...before.values()].some(({ isSeen }) => isSeen) && now.size > 0) seen.jumps.push({ frame: seen.frames, lost: [...before.keys()].slice(0, 2), now: [...now.keys()].slice(0, 2), left: Math.round(seen.asked - seen.moved) });
    if (now.size > 0) before = now;
    window.looking = requestAnimationFrame(look);
  };
  window.reading = seen;
  window.looking = requestAnimationFrame(look);
}

const reading = (page) => page.raw.evaluate(() => window.reading);

/** Nothing has moved for some frames. */
async function atRest(page) {
  let before = "";
  await eventually("nothing moves", async () => {
    await page.raw.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))));
    const { moved, jumps } = await reading(page);
    const now = `${Math.round(moved)} ${jumps.length}`;
    const isSame = now === before;
    before = now;
    return isSame;
  });
}

for (const [name, late] of [["from a device that has all of it", 0], ["while pages come in late", 350]]) {
  scenario(`a conversation of very different messages is read backwards ${name}, and nothing jumps`, {}, async (stage) => {
    const { page } = stage;
    const id = await variedConversation(stage);
    if (late > 0) {
      await page.raw.route(/\/api\/snapshot\?/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), messages: [], nextCursor: null } });
      });
      await page.raw.route(/\/messages\?.*upTo=/, async (route) => {
        await new Promise((done) => setTimeout(done, late));
        await route.continue();
      });
    }
    await page.openConversation(id);
    if (late === 0) await eventually("everything is on the device", async () => (await page.status.getByText("Fetching").count()) === 0);
    await page.quiet();
    const box = await page.messages.boundingBox();
    await page.raw.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    if (process.env.READING_SLOW) {
      const session = await page.raw.context().newCDPSession(page.raw);
      await session.send("Emulation.setCPUThrottlingRate", { rate: Number(process.env.READING_SLOW) });
    }
    await page.messages.evaluate(watch);
    const pick = random(seed * 104_729);
    const wrong = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const [step, times] = [[30, 20], [120, 8], [400, 3], [900, 2], [40, 3], [700, 1]][pick(6)];
      const from = await reading(page);
      for (let time = 0; time < times; time += 1) {
        await page.raw.mouse.wheel(0, -step);
        if (pick(3) === 0) await page.raw.waitForTimeout(pick(60));
      }
      if (pick(4) === 0) continue;
      await eventually("the wheel was heard", async () => (await reading(page)).asked >= from.asked + step * times);
      await atRest(page);
      const { moved, asked } = await reading(page);
      const isAtTop = await page.messages.evaluate((element) => element.scrollTop <= 1);
      if (!isAtTop && Math.abs(moved - asked) > 4) {
        wrong.push({ turn, step, times, moved, asked });
        await page.raw.evaluate(() => (window.reading.moved = window.reading.asked));
      }
    }
    const { jumps, frames, asked } = await reading(page);
    if (process.env.READING_SHOW) console.log(JSON.stringify({ frames, asked, wrong, jumps }, null, 1));
    assert.deepEqual(jumps.slice(0, 5), [], `${jumps.length} jumps in ${frames} frames`);
    assert.deepEqual(wrong, []);
  });
}

/** The word that stands nearest below the upper edge, and how far below. */
function topWord(box) {
  const { top } = box.getBoundingClientRect();
  const range = document.createRange();
  let best = null;
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const match = /L\d+x\d+/.exec(node.data);
    if (!match) continue;
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const below = range.getBoundingClientRect().top - top;
    if (below >= 0 && (best === null || below < best.below)) best = { word: match[0], below };
  }
  return best;
}

scenario("formulas that are drawn late, in the same message above what is read, do not move it", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title: "Formulas" });
  const rows = lines(7, 60, 2).map((row) => `${row}\n\n$$\\sum_{i=0}^{n} \\frac{i^2}{2}$$`);
  for (const [role, text] of [["user", "Sums"], ["assistant", rows.join("\n\n")]]) {
    await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: [{ type: "text", text }] });
  }
  const held = [];
  await page.raw.route(/\/assets\/katex-/, (route) => held.push(route));
  await page.openConversation(id);
  await page.quiet();
  const box = await page.messages.boundingBox();
  await page.raw.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.raw.mouse.wheel(0, -1500);
  await page.raw.waitForTimeout(1_000);
  const before = await page.messages.evaluate(topWord);
  const height = await page.messages.evaluate((element) => element.scrollHeight);
  assert.ok(held.length > 0 && before.word !== "L7x0", "formulas are not drawn yet, and some are above");
  for (const route of held.splice(0)) await route.continue();
  await eventually("all are drawn", async () => (await page.messages.locator(".katex-display, .katex").count()) >= 60);
  await page.raw.waitForTimeout(1_500);
  const grown = (await page.messages.evaluate((element) => element.scrollHeight)) - height;
  assert.ok(grown > 1_000, `they are higher than their source: ${grown} px`);
  const after = await page.messages.evaluate(topWord);
  // At the edge there may be a formula itself: what is below it makes room for it.
  assert.ok(after.word === before.word && Math.abs(after.below - before.below) < 100, `${JSON.stringify(before)} became ${JSON.stringify(after)}`);
});
