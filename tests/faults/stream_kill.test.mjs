// kill -9 in the middle of answers: the question is there, what was stored is the beginning of what the model said and lacks at most
// the last 250 ms, and no retry asks the model a second time. THREADKEEP_STREAM_KILLS sets how often.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "../blackbox/server.mjs";

const kills = Number(process.env.THREADKEEP_STREAM_KILLS ?? 10);
const streams = 4; // answers that run when the server is killed
const checkpointMs = 250;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const textOf = (message) => message.content.map(({ text }) => text ?? "").join("");

afterEach(() => Server.endAll());

// A model whose words are numbered, so that a lost or repeated one is seen, and that says how often each question was asked.
// The pace is the question's: pieces a second.
class Model {
  calls = new Map();

  static async start() {
    const model = new Model();
    model.server = createServer((request, response) => void model.#answer(request, response).catch(() => response.destroy()));
    model.server.listen(0, "127.0.0.1");
    await once(model.server, "listening");
    model.env = { OPENAI_BASE_URL: `http://127.0.0.1:${model.server.address().port}/v1`, OPENAI_API_KEY: "a-key" };
    return model;
  }

  async #answer(request, response) {
    if (request.method === "GET") return response.end(JSON.stringify({ data: [{ id: "counter", object: "model" }] }));
    let body = "";
    for await (const chunk of request) body += chunk;
    const question = JSON.parse(body).messages.at(-1).content;
    this.calls.set(question, (this.calls.get(question) ?? 0) + 1);
    const everyMs = 1000 / Number(question.split(" ")[0]);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const begin = performance.now();
    for (let word = 0; !response.destroyed; word += 1) {
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `${word} ` } }] })}\n\n`);
      await pause(Math.max(1, begin + word * everyMs - performance.now()));
    }
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const generate = (server, run) =>
  fetch(`${server.base}/api/conversations/${run.conversation}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["openai/counter"], message: run.question, answerIds: [run.answer] }),
  });

// Reads along until the server is killed.
async function follow(server, run) {
  try {
    await readEvents(await generate(server, run), ({ event, data }) => {
      if (event === "delta") {
        run.received += data.text;
        run.pieces += 1;
      }
      return false;
    });
  } catch {
    // As the connection is cut.
  }
}

// What must be there after the kill, known without a clock of the machine: 250 ms after a piece came, the next one makes a checkpoint
// of both, and a message that is acknowledged later was written later.
async function raiseFloor(server, run) {
  try {
    for (;;) {
      const before = run.received.length;
      await pause(checkpointMs);
      const enough = run.pieces + 2;
      while (run.pieces < enough && !run.isOver) await pause(2);
      const note = { id: ulid(), role: "user", content: textBlock("a note") };
      const { status } = await server.call("POST", `/api/conversations/${run.notes}/messages`, note);
      if (run.isOver || status !== 201) return;
      run.mustHave = before;
    }
  } catch {
    // As the connection is cut.
  }
}

async function killInTheMiddle(folder, model, round) {
  const runs = Array.from({ length: streams }, (_, i) => ({
    conversation: ulid(),
    notes: ulid(),
    question: { id: ulid(), content: textBlock(`${[20, 100, 400, 1000][i]} words a second, ${round}`) },
    answer: ulid(),
    received: "",
    pieces: 0,
    mustHave: 0,
  }));
  const server = await Server.start({ folder, env: model.env });
  for (const { conversation, notes } of runs) {
    for (const id of [conversation, notes]) assert.equal((await server.call("POST", "/api/conversations", { id })).status, 201);
  }
  const running = runs.flatMap((run) => [follow(server, run), raiseFloor(server, run)]);
  await pause(600 + Math.random() * 2000);
  await server.kill();
  for (const run of runs) run.isOver = true;
  await Promise.all(running);
  return runs;
}

async function audit(server, model, run) {
  const again = await readEvents(await generate(server, run)); // as a client whose connection was cut does
  assert.equal(again.at(-1).event, "end");
  const { messages } = (await server.call("GET", `/api/conversations/${run.conversation}/messages`)).body;
  assert.deepEqual(
    messages.map(({ id }) => id),
    [run.question.id, run.answer],
  );
  assert.equal(textOf(messages[0]), textOf(run.question));
  assert.equal(messages[1].status, "interrupted");
  const text = textOf(messages[1]);
  // The server may have stored what it could not tell any more.
  assert.ok(text.startsWith(run.received) || run.received.startsWith(text), "the text is another one than was shown");
  assert.ok(text.length >= run.mustHave, `${text.length} of ${run.received.length} characters are there, ${run.mustHave} must be`);
  assert.equal(model.calls.get(textOf(run.question)), 1, "the model was asked once");
  return Math.max(0, run.received.length - text.length);
}

test(`${kills} kills in the middle of ${streams} answers: the question stays, and all of the answer but its last moment`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  const model = await Model.start();
  const lost = [];
  let floors = 0;
  try {
    for (let round = 0; round < kills; round += 1) {
      const runs = await killInTheMiddle(folder, model, round);
      const server = await Server.start({ folder, env: model.env });
      for (const run of runs) {
        lost.push(await audit(server, model, run));
        floors += run.mustHave > 0 ? 1 : 0;
      }
      await server.terminate();
    }
  } finally {
    await model.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  lost.sort((a, b) => a - b);
  console.log(`${lost.length} answers cut by ${kills} kills: shown and not kept ${lost[lost.length >> 1]} characters (median), ${lost.at(-1)} (most); each asked once`);
  assert.ok(floors > lost.length / 4, "the test must know of enough answers how much must be there");
});
