// What models get of files: each protocol its own form, and a note in words of what is not given.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

const requests = [];
const vendor = createServer(async (request, response) => {
  let body = "";
  request.setEncoding("utf8");
  for await (const chunk of request) body += chunk;
  requests.push({ url: request.url, body: body && JSON.parse(body) });
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const send = (...events) => response.end(events.map((event) => `${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`).join(""));
  if (request.url.includes("/chat/completions")) return send({ choices: [{ delta: { content: "Seen" }, finish_reason: "stop" }] });
  if (request.url.includes("/responses")) return send({ type: "response.output_text.delta", output_index: 0, content_index: 0, item_id: "m", delta: "Seen" }, { type: "response.completed", response: { id: "r", status: "completed", output: [] } });
  if (request.url.includes("/messages")) {
    return send({ type: "message_start", message: { usage: { input_tokens: 1, output_tokens: 1 } } }, { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Seen" } }, { type: "content_block_stop", index: 0 }, { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } }, { type: "message_stop" });
  }
  send({ candidates: [{ content: { role: "model", parts: [{ text: "Seen" }] }, finishReason: "STOP" }] });
});

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from("the rest of a picture")]);
const gif = Buffer.from("GIF89a and so on");
const pdf = Buffer.from("%PDF-1.7 and so on");
const text = Buffer.from("Milk, bread,\nGrüße");
const long = Buffer.from("é".repeat(300_000));
const zip = Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff, 0xfe]);
const large = Buffer.concat([png, Buffer.alloc(4_000_000)]);

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  const base = `http://127.0.0.1:${vendor.address().port}`;
  server = await Server.start({ env: {
    VLLM_BASE_URL: base, CUSTOM_BASE_URL: `${base}/responses-here`, CUSTOM_PROTOCOL: "responses", ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: "k", GEMINI_BASE_URL: base, GEMINI_API_KEY: "k",
  } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

async function block(type, name, bytes, mediaType) {
  const response = await fetch(`${server.base}/api/attachments`, { method: "POST", headers: { "Content-Type": mediaType }, body: bytes });
  const { attachmentId } = await response.json();
  return { type, attachmentId, name, mediaType, size: bytes.length };
}

/** The body that the model gets for a question with these blocks. */
async function given(model, content, before = []) {
  const { id } = (await server.call("POST", "/api/conversations", { id: ulid() })).body;
  for (const message of before) await server.call("POST", `/api/conversations/${id}/messages`, message);
  const count = requests.length;
  await server.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), content }, models: [model] });
  assert.equal(requests.length, count + 1, "it is asked once");
  ({ metadata: answerMetadata } = (await server.call("GET", `/api/conversations/${id}/messages`)).body.messages.at(-1));
  return requests.at(-1).body;
}

/** Of the answer to what was given last. */
let answerMetadata;
const leftOut = () => answerMetadata.filesLeftOut?.files.map(({ name, reason }) => `${name}: ${reason}`);

const data = (type, bytes) => `data:${type};base64,${bytes.toString("base64")}`;
const textWords = "[File: list.txt, text/plain]\nMilk, bread,\nGrüße\n[End of the file]";

test("chat completions: pictures as data URLs, texts as text, others by name", async () => {
  // What a file is said to be counts for nothing.
  const body = await given("vllm/m", [await block("image", "cat.png", png, "image/jpeg"), await block("file", "list.txt", text, "text/plain"), await block("file", "a.pdf", pdf, "application/pdf"), ...textBlock("What?")]);
  assert.deepEqual(body.messages.at(-1).content, [
    { type: "image_url", image_url: { url: data("image/png", png) } },
    { type: "text", text: `${textWords}\n\n[File: a.pdf, application/pdf: not given to you, because no text could be read from it]\n\nWhat?` },
  ]);
  assert.deepEqual(leftOut(), ["a.pdf: no-text"]);
  const plain = await given("vllm/m", textBlock("Hello"));
  assert.equal(leftOut(), undefined);
  assert.equal(plain.messages.at(-1).content, "Hello", "without files nothing is different");
});

test("chat completions: of a document its text, where no document is taken", async () => {
  const words = "BT /F1 12 Tf 72 720 Td (Milk and bread) Tj ET";
  const document = Buffer.from(`%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>> endobj
4 0 obj <</Length ${words.length}>>stream
${words}
endstream endobj
trailer<</Root 1 0 R>>
%%EOF`);
  const body = await given("vllm/m", [await block("file", "list.pdf", document, "application/pdf"), ...textBlock("What?")]);
  assert.equal(body.messages.at(-1).content, "[File: list.pdf, application/pdf]\n[Its text:]\nMilk and bread\n[End of the file]\n\nWhat?");
  assert.equal(leftOut(), undefined);
});

test("Responses: input_image and input_file", async () => {
  const body = await given("custom/m", [await block("image", "cat.png", png, "image/png"), await block("file", "a.pdf", pdf, "application/pdf"), await block("file", "list.txt", text, "text/plain"), ...textBlock("What?")]);
  assert.deepEqual(body.input, [
    { role: "user", content: [{ type: "input_image", image_url: data("image/png", png) }] },
    { role: "user", content: [{ type: "input_file", filename: "a.pdf", file_data: data("application/pdf", pdf) }] },
    { role: "user", content: textWords },
    { role: "user", content: "What?" },
  ]);
  assert.equal(leftOut(), undefined, "all is given");
});

test("Anthropic: image and document blocks, and a picture that is too large for it is named", async () => {
  const body = await given("anthropic/claude-sonnet-4-5", [await block("image", "cat.png", png, "image/png"), await block("file", "a.pdf", pdf, "application/pdf"), await block("image", "large.png", large, "image/png"), ...textBlock("What?")]);
  assert.deepEqual(body.messages, [{ role: "user", content: [
    { type: "image", source: { type: "base64", media_type: "image/png", data: png.toString("base64") } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf.toString("base64") }, title: "a.pdf" },
    { type: "text", text: "[Picture: large.png, image/png: not given to you, because it is too large for you]" },
    { type: "text", text: "What?" },
  ] }]);
  assert.deepEqual(leftOut(), ["large.png: too-large"]);
});

test("Gemini: inlineData, and no GIF", async () => {
  const body = await given("gemini/gemini-2.5-flash", [await block("image", "cat.png", png, "image/png"), await block("image", "a.gif", gif, "image/gif"), await block("file", "a.pdf", pdf, "application/pdf")]);
  assert.deepEqual(body.contents, [{ role: "user", parts: [
    { inlineData: { mimeType: "image/png", data: png.toString("base64") } },
    { text: "[Picture: a.gif, image/gif: not given to you, because you take no pictures of this type]" },
    { inlineData: { mimeType: "application/pdf", data: pdf.toString("base64") } },
  ] }]);
  assert.deepEqual(leftOut(), ["a.gif: kind"]);
});

test("a long text is cut and says so, a file of no kind and one that is not there are named, an answer's own picture too", async () => {
  const gone = { type: "image", attachmentId: "c".repeat(64), name: "gone.png", mediaType: "image/png", size: 5 };
  const answer = { role: "assistant", content: [await block("image", "made.png", png, "image/png"), ...textBlock("Here.")] };
  const body = await given("vllm/m", [await block("file", "long.txt", long, "text/plain"), await block("file", "a.zip", zip, "application/zip"), gone], [{ role: "user", content: textBlock("Draw") }, answer]);
  const [, drawn, last] = body.messages;
  assert.equal(drawn.content, "[Picture: made.png, image/png]\n\nHere.");
  assert.ok(last.content.startsWith("[File: long.txt, text/plain]\n" + "é".repeat(262_144) + "\n[Cut off here: the file has 600000 bytes, these are 524288.]"));
  assert.ok(last.content.endsWith("[File: a.zip, application/zip: not given to you, because you take no such files]\n\n[Picture: gone.png, image/png: not given to you, because it is not there]"));
  assert.deepEqual(leftOut(), ["long.txt: cut", "a.zip: kind", "gone.png: missing"]);
});

test("files of earlier questions are given again, the newest first when they are too many", async () => {
  const heavy = (name, seed) => Buffer.concat([Buffer.from("%PDF-1.7 "), Buffer.alloc(7_500_000, seed), Buffer.from(name)]);
  const files = await Promise.all(["one", "two", "three", "four"].map((name, at) => block("file", `${name}.pdf`, heavy(name, at + 1), "application/pdf")));
  const before = files.slice(0, 3).map((file) => [{ role: "user", content: [file] }, { role: "assistant", content: textBlock("Seen") }]).flat();
  const body = await given("anthropic/claude-sonnet-4-5", [files[3]], before);
  const kinds = body.messages.filter(({ role }) => role === "user").map(({ content }) => content[0].title ?? content[0].text);
  assert.deepEqual(kinds, ["[File: one.pdf, application/pdf: not given to you, because all files together are larger than can be given]", "two.pdf", "three.pdf", "four.pdf"]);
  assert.deepEqual(answerMetadata.filesLeftOut, { count: 1, files: [{ name: "one.pdf", reason: "too-many", isEarlier: true }] });
});
