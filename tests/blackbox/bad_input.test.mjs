// Bad input as data: what is sent, and the status and problem type that must come back. Row by row of the list of bad inputs that the product promises to
// answer: bodies (18 to 26), text (27 to 32), ids, cursors, conditions (35 to 41).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
let conversation;
let path;
before(async () => {
  server = await Server.start();
  conversation = (await server.call("POST", "/api/conversations", { id: ulid(), title: "Bad input" })).body;
  path = `/api/conversations/${conversation.id}/messages`;
});
after(async () => {
  assert.equal((await server.call("GET", "/healthz")).status, 200, "the server lives");
  await server.stop();
});

const message = (text) => `{"role":"user","content":[{"type":"text","text":${text}}]}`;
const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

async function expectProblem(answer, status, type) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.body.status, status);
  assert.ok(answer.body.requestId);
  if (type) assert.equal(answer.body.type, `/problems/${type}`, answer.body.detail);
  return answer.body;
}

test("18: more than the limit is refused before it is read, or as soon as it is too much", async () => {
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\n`;
  assert.match(await server.raw(`${head}Content-Length: 104857600\r\n\r\n`), /^HTTP\/1\.1 413 /);
  const chunk = `100000\r\n${" ".repeat(1 << 20)}\r\n`;
  assert.match(await server.raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(9)}`), /^HTTP\/1\.1 413 /);
});

test("a message of more than its limit is 413, one below is kept whole", async () => {
  await expectProblem(await server.call("POST", path, message(`"${"x".repeat(4 << 20)}"`)), 413, "too-large");
  const text = "y".repeat((4 << 20) - 100);
  const stored = await server.call("POST", path, message(`"${text}"`));
  assert.equal(stored.status, 201);
  assert.equal(stored.body.content[0].text.length, text.length);
});

test("19: compressed bodies are not taken", async () => {
  const body = gzipSync(Buffer.from(message('"x"')));
  await expectProblem(await server.call("POST", path, body, { "Content-Encoding": "gzip" }), 415, "unsupported-media-type");
  await expectProblem(await server.call("POST", path, body, { "Content-Encoding": "gzip, gzip" }), 415);
});

for (const type of ["text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"]) {
  test(`20: a body of type ${type} is 415`, async () => {
    await expectProblem(await server.call("POST", path, message('"x"'), { "Content-Type": type }), 415, "unsupported-media-type");
  });
}

test("20: a body without a type is 415", async () => {
  const body = message('"x"');
  const answer = await server.raw(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.match(answer, /^HTTP\/1\.1 415 /);
});

for (const [what, body] of [
  ["nothing", ""], ["trailing garbage", `${message('"x"')}x`], ["a byte order mark", `\ufeff${message('"x"')}`], ["two documents", `${message('"x"')}${message('"x"')}`],
  ["a comment", `/* x */${message('"x"')}`], ["single quotes", "{'role':'user'}"], ["NaN", '{"createdAt":NaN}'], ["01", '{"createdAt":01}'], ["1.", '{"createdAt":1.}'],
  ["a trailing comma", '{"role":"user",}'], ["an open object", '{"role":"user"'], ["a raw line break in a string", message('"a\nb"')], ["Infinity", '{"createdAt":Infinity}'],
]) {
  test(`21: ${what} is invalid JSON, with the byte offset`, async () => {
    const problem = await expectProblem(await server.call("POST", path, body), 400, "invalid-json");
    assert.match(problem.detail, /byte \d+/);
  });
}
for (const body of ["null", "[]", '"x"', "5", "true"]) {
  test(`21: ${body} is JSON, but no object`, async () => {
    const answer = await server.call("POST", path, body);
    assert.ok([400, 422].includes(answer.status), answer.text);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
  });
}

for (const [what, body] of [
  ["100,000 arrays", "[".repeat(100_000)], ["100,000 objects", '{"a":'.repeat(100_000)],
  ["65 levels inside of a block", `{"role":"user","content":[{"type":"x","v":${"[".repeat(65)}${"]".repeat(65)}}]}`],
]) {
  test(`22: ${what} are too deep`, async () => {
    await expectProblem(await server.call("POST", path, body), 400, "json-too-deep");
  });
}

test("23: a million keys, and one of seven megabytes, in linear time", async () => {
  const keys = `{${Array.from({ length: 500_000 }, (_, i) => `"k${i}":1`).join(",")}}`;
  const begin = Date.now();
  const many = await server.call("POST", path, keys);
  assert.ok([413, 422].includes(many.status), many.text);
  const long = await server.call("POST", path, `{"${"k".repeat(7_000_000)}":1}`);
  assert.ok([413, 422].includes(long.status));
  assert.ok(Date.now() - begin < 20_000);
});

for (const [what, body] of [
  ["the same key", '{"role":"user","role":"system","content":[{"type":"text","text":"x"}]}'],
  ["the same key by escape", String.raw`{"role":"user","rol\u0065":"system","content":[{"type":"text","text":"x"}]}`],
  ["the same key in a block", '{"role":"user","content":[{"type":"text","text":"x","text":"y"}]}'],
]) {
  test(`24: ${what} twice is a duplicate key`, async () => {
    await expectProblem(await server.call("POST", path, body), 400, "duplicate-key");
  });
}

for (const number of ["1e400", "-0", "9223372036854775808", "18446744073709551616", "1".repeat(100_000), "1.0", "9007199254740993000000"]) {
  test(`25: ${number.slice(0, 24)} as a time is 422, never rounded`, async () => {
    await expectProblem(await server.call("POST", path, `{"role":"user","content":[{"type":"text","text":"x"}],"createdAt":${number}}`), 422);
  });
}
test("25: 2^53 + 1 is kept exactly inside of metadata", async () => {
  const answer = await server.call("POST", path, '{"role":"user","content":[{"type":"text","text":"x"}],"metadata":{"n":9007199254740993,"f":1.0,"e":1e-400}}');
  if (answer.status === 201) assert.ok(answer.text.includes('"n":9007199254740993,"f":1.0'));
  else await expectProblem(answer, 422);
});

for (const key of ["__proto__", "constructor", "toString", "user_id", "userId", "owner", "seq", "rev", "status", "position"]) {
  test(`26: the key ${key} is not known`, async () => {
    await expectProblem(await server.call("POST", path, `{"role":"user","content":[{"type":"text","text":"x"}],"${key}":1}`), 422, "unknown-field");
  });
}

for (const [what, raw] of [
  ["ff", [0xff]], ["an overlong NUL", [0xc0, 0x80]], ["a surrogate", [0xed, 0xa0, 0x80]], ["a cut tail", [0xe2, 0x82]], ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]], ["a lone continuation", [0x80]],
]) {
  test(`27: ${what} is not UTF-8`, async () => {
    await expectProblem(await server.call("POST", path, bytes('{"role":"user","content":[{"type":"text","text":"', raw, '"}]}')), 400, "invalid-utf8");
  });
}

for (const escape of ["\\ud800", "\\udc00\\ud800", "\\ud800x", "\\ud83d\\u0041"]) {
  test(`28: ${escape} is half of a pair`, async () => {
    await expectProblem(await server.call("POST", path, message(`"${escape}"`)), 400, "invalid-unicode");
  });
}

test("29: U+0000 cannot be stored", async () => {
  await expectProblem(await server.call("POST", path, message('"a\\u0000b"')), 422, "nul-not-allowed");
  await expectProblem(await server.call("POST", path, `{"role":"user","content":[{"type":"text","text":"x"}],"metadata":{"\\u0000":1}}`), 422, "nul-not-allowed");
});

test("30 to 32: controls, bidi marks, noncharacters and every normal form are stored exactly", async () => {
  const text = "\u0001\u001f\u007f\u0085\u2028\u2029\ufffe\u202e\u2066x\u2069\u200b\u{e0001}é\u0065\u0301İßﬁ全👩‍👩‍👧‍👦" + "\u0301".repeat(1000);
  const stored = await server.call("POST", path, { role: "user", content: textBlock(text) });
  assert.equal(stored.status, 201, stored.text);
  const { messages } = (await server.call("GET", `${path}?limit=1`)).body;
  assert.equal(messages[0].content[0].text, text);
});

for (const [what, id] of [
  ["25 characters", "0".repeat(25)], ["27 characters", "0".repeat(27)], ["more than 128 bits", `8${"Z".repeat(25)}`], ["I", `0${"I".repeat(25)}`], ["L", `0${"L".repeat(25)}`], ["O", `0${"O".repeat(25)}`],
  ["U", `0${"U".repeat(25)}`], ["a space", `${"0".repeat(25)} `], ["full-width digits", "０".repeat(26)], ["a path", "../../../../../../etc/passw"], ["a UUID", "123e4567-e89b-12d3-a456-426614174000"],
]) {
  test(`35: an id with ${what} is no id`, async () => {
    await expectProblem(await server.call("POST", path, { id, role: "user", content: textBlock("x") }), 400, "invalid-id");
    await expectProblem(await server.call("POST", "/api/conversations", { id }), 400, "invalid-id");
    const answer = await server.call("GET", `/api/conversations/${encodeURIComponent(id)}`);
    assert.ok([400, 404].includes(answer.status), answer.text);
  });
}
test("35: an id with NUL is refused", async () => {
  await expectProblem(await server.call("POST", path, `{"id":"${"0".repeat(25)}\\u0000","role":"user","content":[{"type":"text","text":"x"}]}`), 422, "nul-not-allowed");
});

test("36: ids from the first and the last millisecond are taken and change no order", async () => {
  const here = (await server.call("POST", "/api/conversations", { id: ulid() })).body;
  const sent = [`7${"Z".repeat(25)}`, "0".repeat(26), ulid(Date.now() + 3_600_000), ulid()];
  for (const id of sent) {
    const answer = await server.call("POST", `/api/conversations/${here.id}/messages`, { id, role: "user", content: textBlock(id) });
    assert.equal(answer.status, 201, answer.text);
  }
  const { messages } = (await server.call("GET", `/api/conversations/${here.id}/messages`)).body;
  assert.deepEqual(messages.map(({ id }) => id), sent);
});

test("37 and 38: conflicts and impossible parents", async () => {
  const id = ulid();
  const send = (fields) => server.call("POST", path, { role: "user", content: textBlock("x"), ...fields });
  assert.equal((await send({ id })).status, 201);
  await expectProblem(await send({ id, content: textBlock("y") }), 409, "id-conflict");
  await expectProblem(await send({ id, role: "assistant" }), 409, "id-conflict");
  const self = ulid();
  await expectProblem(await send({ id: self, parentId: self }), 422, "parent-invalid");
  await expectProblem(await send({ parentId: ulid() }), 409, "parent-unknown");
});

test("39: no cursor with a changed bit is taken, nor one of another list", async () => {
  for (let i = 0; i < 3; i += 1) await server.call("POST", "/api/conversations", {});
  const { nextCursor } = (await server.call("GET", "/api/conversations?limit=1")).body;
  const raw = Buffer.from(nextCursor, "base64url");
  for (let bit = 0; bit < raw.length * 8; bit += 1) {
    const changed = Buffer.from(raw);
    changed[bit >> 3] ^= 1 << (bit & 7);
    const answer = await server.call("GET", `/api/conversations?limit=1&cursor=${changed.toString("base64url")}`);
    assert.equal(answer.status, 400, `bit ${bit}`);
    assert.equal(answer.body.type, "/problems/invalid-cursor");
  }
  for (const cursor of [nextCursor.slice(0, 10), "", "-1", "99999999999999999999", "%F0%9F%98%80", "A".repeat(5000)]) {
    await expectProblem(await server.call("GET", `/api/conversations?cursor=${cursor}`), 400);
  }
  await expectProblem(await server.call("GET", `/api/conversations?archived=true&cursor=${nextCursor}`), 400, "invalid-cursor");
  await expectProblem(await server.call("GET", `${path}?cursor=${nextCursor}`), 400, "invalid-cursor");
});

for (const limit of ["0", "-1", "1000000000", "1e3", "", "0x10", "５", "1.5"]) {
  test(`40: limit=${limit} is 422`, async () => {
    await expectProblem(await server.call("GET", `/api/conversations?limit=${encodeURIComponent(limit)}`), 422, "invalid-field");
    await expectProblem(await server.call("GET", `${path}?limit=${encodeURIComponent(limit)}`), 422, "invalid-field");
  });
}

for (const [tag, status] of [['"999999"', 412], ["*", 412], ['W/"0"', 412], ['"abc"', 412], ['"0", "1"', 400], ["garbage", 400], ['"', 400], ["", 400]]) {
  test(`41: If-Match ${tag || "(empty)"} is ${status}`, async () => {
    await expectProblem(await server.call("PATCH", `/api/conversations/${conversation.id}`, { title: "never" }, { "If-Match": tag }), status);
    assert.equal((await server.call("GET", `/api/conversations/${conversation.id}`)).body.title, "Bad input");
  });
}
test("41: many ranges are refused, in the API too", async () => {
  const ranges = `bytes=${Array.from({ length: 2000 }, () => "0-").join(",")}`;
  for (const address of ["/", "/api/conversations", "/healthz"]) assert.equal((await server.call("GET", address, undefined, { Range: ranges })).status, 416);
});

test("hosts and origins that are not ours are refused before anything else", async () => {
  const raw = (head) => server.raw(`${head}\r\nConnection: close\r\n\r\n`);
  assert.match(await raw("GET /api/me HTTP/1.1\r\nHost: evil.example"), /^HTTP\/1\.1 421 /);
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: evil.example:${server.port}`), /^HTTP\/1\.1 421 /);
  assert.match(await raw("GET /api/me HTTP/1.1"), /^HTTP\/1\.1 400 /);
  const post = (headers) => server.call("POST", "/api/conversations", {}, headers);
  assert.equal((await post({ Origin: "https://evil.example" })).status, 403);
  assert.equal((await post({ Origin: "null" })).status, 403);
  assert.equal((await post({ Origin: `http://127.0.0.1:${server.port + 1}` })).status, 403);
  assert.equal((await post({ Origin: `http://127.0.0.1:${server.port}` })).status, 201);
  const site = (value) => server.raw(`GET /api/me HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nSec-Fetch-Site: ${value}\r\nConnection: close\r\n\r\n`);
  assert.match(await site("cross-site"), /^HTTP\/1\.1 403 /);
  assert.match(await site("same-site"), /^HTTP\/1\.1 403 /);
  assert.match(await site("same-origin"), /^HTTP\/1\.1 200 /);
});

test("no path, and no method that a path does not have", async () => {
  await expectProblem(await server.call("GET", "/api/nothing"), 404, "not-found");
  const answer = await server.call("DELETE", "/api/conversations");
  await expectProblem(answer, 405);
  assert.equal(answer.headers.get("allow"), "GET, POST");
  await expectProblem(await server.call("GET", "/api/conversations?limti=5"), 400, "invalid-query");
});

test("every JSON route survives wrong kinds in every field", async () => {
  const wrong = [null, true, 0, -1, 1.5, "", "x", [], {}, [null], [[]], { type: 1 }, "\u202e", "9".repeat(300)];
  const routes = [
    ["POST", "/api/conversations", ["id", "title", "model", "metadata", "settings"]],
    ["PATCH", `/api/conversations/${conversation.id}`, ["title", "isArchived", "isPinned", "folder", "tags", "headId", "model", "settings"]],
    ["PUT", `/api/conversations/${ulid()}`, ["title", "model", "settings", "messages"]],
    ["POST", path, ["id", "parentId", "role", "content", "createdAt", "model", "metadata"]],
    ["POST", `/api/conversations/${conversation.id}/generations`, ["message", "parentId", "models", "answerIds"]],
  ];
  let refused = 0;
  for (const [method, address, fields] of routes) {
    for (const field of fields) {
      for (const value of wrong) {
        const answer = await server.call(method, address, { [field]: value });
        assert.ok(answer.status < 500, `${method} ${address} ${field} ${JSON.stringify(value)}: ${answer.text}`);
        if (answer.status >= 400) {
          refused += 1;
          assert.equal(answer.headers.get("content-type"), "application/problem+json");
        }
      }
    }
  }
  assert.ok(refused > 250, `${refused}`);
});
