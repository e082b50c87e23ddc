// Files over a socket: stored once, given back in ranges, served inert, never another's.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start({ env: { THREADKEEP_ATTACHMENT_MIB_MAX: "8", THREADKEEP_ATTACHMENT_QUOTA_MIB: "24" } })));
after(() => server.stop());

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex");
const put = async (bytes, type = "application/octet-stream", query = "", headers = {}) => {
  const response = await fetch(`${server.base}/api/attachments${query}`, { method: "POST", headers: { "Content-Type": type, ...headers }, body: bytes });
  return { status: response.status, headers: response.headers, body: await response.json() };
};
const get = async (id, headers = {}, query = "", method = "GET") => {
  const response = await fetch(`${server.base}/api/attachments/${id}${query}`, { method, headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const problem = ({ body }) => body.type.replace("/problems/", "");

test("a file comes back byte for byte, whatever its size", async () => {
  for (const size of [1, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000]) {
    const bytes = randomBytes(size);
    const { status, headers, body } = await put(bytes, "Text/Plain; charset=utf-8", "?name=a.txt");
    assert.equal(status, 201);
    assert.deepEqual(body, { attachmentId: hashOf(bytes), name: "a.txt", mediaType: "text/plain", size });
    assert.equal(headers.get("location"), `/api/attachments/${body.attachmentId}`);
    const back = await get(body.attachmentId);
    assert.equal(back.status, 200);
    assert.equal(back.headers.get("content-length"), `${size}`);
    assert.ok(back.bytes.equals(bytes), `${size}`);
  }
});

test("the same bytes again are the same file, and a chunked body is one too", async () => {
  const bytes = randomBytes(300_000);
  const first = await put(bytes, "image/png");
  const again = await put(bytes, "text/html");
  assert.deepEqual(again.body, first.body, "it keeps its first type");
  const stream = new ReadableStream({ start: (to) => { for (let at = 0; at < bytes.length; at += 7_001) to.enqueue(bytes.subarray(at, at + 7_001)); to.close(); } });
  const chunked = await fetch(`${server.base}/api/attachments`, { method: "POST", headers: { "Content-Type": "image/png" }, body: stream, duplex: "half" });
  assert.equal((await chunked.json()).attachmentId, first.body.attachmentId);
  const folder = join(server.folder, "t.db.blobs", first.body.attachmentId.slice(0, 2));
  assert.equal(readdirSync(folder).filter((name) => first.body.attachmentId.endsWith(name)).length, 1);
});

test("ranges, conditions and HEAD", async () => {
  const bytes = randomBytes(500_000);
  const id = (await put(bytes, "video/mp4")).body.attachmentId;
  const etag = `"${id}"`;
  const part = await get(id, { Range: "bytes=100-299999" });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("content-range"), "bytes 100-299999/500000");
  assert.ok(part.bytes.equals(bytes.subarray(100, 300_000)));
  assert.ok((await get(id, { Range: "bytes=-5" })).bytes.equals(bytes.subarray(-5)));
  assert.ok((await get(id, { Range: "bytes=400000-" })).bytes.equals(bytes.subarray(400_000)));
  const beyond = await get(id, { Range: "bytes=500000-" });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get("content-range"), "bytes */500000");
  assert.equal((await get(id, { Range: "bytes=0-1,5-6" })).status, 416);
  assert.equal((await get(id, { Range: "bytes=0-1", "If-Range": etag })).status, 206);
  assert.equal((await get(id, { Range: "bytes=0-1", "If-Range": '"another"' })).status, 200);
  const same = await get(id, { "If-None-Match": `"x", W/${etag}` });
  assert.equal(same.status, 304);
  assert.equal(same.bytes.length, 0);
  const head = await get(id, { Range: "bytes=0-1" }, "", "HEAD");
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-length"), "500000");
  assert.equal(head.headers.get("etag"), etag);
  assert.equal(head.headers.get("accept-ranges"), "bytes");
});

test("what a browser could run is never shown", async () => {
  const attacks = [
    ["image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"], ["text/html", "<script>alert(1)</script>"],
    ["application/xhtml+xml", "<html xmlns='http://www.w3.org/1999/xhtml'/>"], ["text/javascript", "alert(1)"], ["application/pdf", "%PDF-1.7 app.alert(1)"],
  ];
  for (const [type, text] of attacks) {
    const { headers } = await get((await put(text, type)).body.attachmentId, {}, `?name=${encodeURIComponent("a\u202Egnp.html")}`);
    assert.match(headers.get("content-disposition"), /^attachment; filename="a_gnp.html"; filename\*=UTF-8''a_gnp.html$/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy"), /default-src 'none'; sandbox/);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
  }
  // HTML that says it is a picture: no browser looks for itself.
  const lie = await get((await put("<script>alert(2)</script>", "image/png")).body.attachmentId);
  assert.equal(lie.headers.get("content-type"), "image/png");
  assert.equal(lie.headers.get("x-content-type-options"), "nosniff");
  const picture = await put(randomBytes(100), "image/png");
  const shown = await get(picture.body.attachmentId, {}, `?name=${encodeURIComponent("Grüße \"1\"/..\\x 日本.png")}`);
  assert.equal(shown.headers.get("content-disposition"), "inline; filename=\"Gr__e _1__.._x __.png\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22_.._x%20%E6%97%A5%E6%9C%AC.png");
  assert.match((await get(picture.body.attachmentId, {}, "?download=true")).headers.get("content-disposition"), /^attachment/);
});

test("bad input is told apart", async () => {
  assert.equal((await get("a".repeat(64))).status, 404);
  for (const id of ["A".repeat(64), "a".repeat(63), ulid(), "..%2f..%2fetc"]) assert.equal((await get(id)).status, 400, id);
  assert.equal(problem(await put("", "text/plain")), "invalid-field");
  assert.equal(problem(await put("x", "no type")), "unsupported-media-type");
  assert.equal(problem(await put("x", "text/plain", "?sha256=abc")), "invalid-id");
  assert.equal(problem(await put("x", "text/plain", `?sha256=${hashOf("y")}`)), "hash-mismatch");
  assert.equal((await get(hashOf("x"))).status, 404, "nothing of it is kept");
  assert.equal((await put("x", "text/plain", `?sha256=${hashOf("x")}`)).status, 201);
  assert.equal(problem(await put("x", "text/plain", "?nmae=x")), "invalid-query");
  assert.equal(problem(await put("x", "text/plain", "", { Origin: "http://evil.example" })), "cross-site");
  assert.equal(problem(await put("x", "text/plain", "", { "Content-Encoding": "gzip" })), "unsupported-media-type");
});

async function nothingUnfinished() {
  const unfinished = () => readdirSync(join(server.folder, "t.db.blobs")).filter((name) => name.startsWith("new-"));
  for (let wait = 0; wait < 100 && unfinished().length > 0; wait += 1) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(unfinished(), []);
}

test("a file that is too large is refused before it is read, or where it gets too large", async () => {
  const announced = await server.raw("POST /api/attachments HTTP/1.1\r\nHost: 127.0.0.1:" + server.port + "\r\nContent-Type: image/png\r\nContent-Length: 8388609\r\nExpect: 100-continue\r\n\r\n");
  assert.match(announced, /^HTTP\/1.1 413 /);
  assert.match(announced, /larger than 8388608 bytes/);
  async function* long() {
    for (let sent = 0; sent < 64 << 20; sent += 65_536) {
      await new Promise(setImmediate); // so that the answer can come in between
      yield new Uint8Array(65_536);
    }
  }
  const response = await fetch(`${server.base}/api/attachments`, { method: "POST", headers: { "Content-Type": "image/png" }, body: ReadableStream.from(long()), duplex: "half" }).catch(() => undefined);
  if (response) assert.equal(response.status, 413);
  await nothingUnfinished();
});

test("an upload that is cut off leaves nothing", async () => {
  const bytes = randomBytes(2_000_000);
  for (let round = 0; round < 3; round += 1) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((done) => socket.on("connect", done));
    socket.write(`POST /api/attachments HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: image/png\r\nContent-Length: 4000000\r\n\r\n`);
    await new Promise((done) => socket.write(bytes, done));
    socket.destroy();
  }
  await nothingUnfinished();
});

test("a reader who takes nothing holds nothing up", async () => {
  const bytes = randomBytes(4_000_000);
  const id = (await put(bytes, "image/png")).body.attachmentId;
  const slow = Array.from({ length: 30 }, () => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(`GET /api/attachments/${id} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`));
    socket.on("error", () => {});
    socket.pause();
    return socket;
  });
  await new Promise((done) => setTimeout(done, 300));
  const begun = Date.now();
  assert.ok((await get(id)).bytes.equals(bytes));
  assert.equal((await server.call("GET", "/api/conversations")).status, 200);
  assert.ok(Date.now() - begun < 3_000);
  for (const socket of slow) socket.destroy();
});

test("all files together have a limit, and what is kept may come again", async () => {
  const kept = [];
  let refused;
  for (let n = 0; n < 10 && !refused; n += 1) {
    const bytes = randomBytes(4_000_000);
    const answer = await put(bytes);
    if (answer.status === 201) kept.push(bytes);
    else refused = answer;
  }
  assert.equal(refused.status, 507);
  assert.equal(problem(refused), "quota-reached");
  assert.ok(kept.length >= 1);
  assert.equal((await get(hashOf(kept[0]))).status, 200);
});

test("a message may name a file that is not there: it is kept as it is", async () => {
  const id = ulid();
  await server.call("POST", "/api/conversations", { id });
  const content = [...textBlock("look"), { type: "image", attachmentId: "b".repeat(64), name: "gone.png", mediaType: "image/png", size: 5 }];
  assert.equal((await server.call("POST", `/api/conversations/${id}/messages`, { role: "user", content })).status, 201);
  assert.deepEqual((await server.call("GET", `/api/conversations/${id}/messages`)).body.messages[0].content, content);
  assert.equal((await get("b".repeat(64))).status, 404, "to name a file gives no right to it");
});
