// Small pictures over a socket: what they are, whose they are, and what there is none of.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { png } from "../e2e/pictures.mjs";
import { Server } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const put = async (bytes, type = "image/png") => {
  const response = await fetch(`${server.base}/api/attachments`, { method: "POST", headers: { "Content-Type": type }, body: bytes });
  assert.equal(response.status, 201);
  return (await response.json()).attachmentId;
};
const get = async (id, query = "", headers = {}, method = "GET") => {
  const response = await fetch(`${server.base}/api/attachments/${id}/thumbnail${query}`, { method, headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, kind: response.headers.get("content-type") === "application/problem+json" ? JSON.parse(bytes).type : "" };
};

test("a picture of some megabytes comes as one of some kilobytes, inert, and once only", async (t) => {
  const photograph = png(2_000, 1_500, [90, 10, 200], 5_000_000);
  const id = await put(photograph);
  const first = await get(id);
  if (first.status === 501) {
    assert.equal(first.kind, "/problems/no-thumbnails");
    t.skip("this kernel cannot confine programs");
    return;
  }
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("content-type"), "image/jpeg");
  assert.equal(first.headers.get("content-length"), `${first.bytes.length}`);
  assert.ok(first.bytes.length < 20_000, `${first.bytes.length}`);
  assert.ok(first.bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])));
  assert.equal(first.headers.get("content-disposition"), "inline");
  assert.equal(first.headers.get("x-content-type-options"), "nosniff");
  assert.match(first.headers.get("content-security-policy"), /default-src 'none'; sandbox/);
  assert.equal(first.headers.get("cross-origin-resource-policy"), "same-origin");
  assert.equal(first.headers.get("cache-control"), "private, no-cache");
  const etag = first.headers.get("etag");
  assert.equal(etag, `"${id}-640"`);

  assert.ok((await get(id, "?size=640")).bytes.equals(first.bytes));
  const smaller = await get(id, "?size=160");
  assert.ok(smaller.bytes.length < first.bytes.length);
  assert.equal(smaller.headers.get("etag"), `"${id}-160"`);
  const known = await get(id, "", { "If-None-Match": etag });
  assert.equal(known.status, 304);
  assert.equal(known.bytes.length, 0);
  assert.equal(known.headers.get("etag"), etag);
  assert.equal((await get(id, "?size=160", { "If-None-Match": etag })).status, 200, "the other size is another");
  const head = await get(id, "", {}, "HEAD");
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-length"), `${first.bytes.length}`);
});

test("many ask at once, and all of them get it", async (t) => {
  const id = await put(png(1_000, 700));
  const all = await Promise.all(Array.from({ length: 30 }, (_, n) => get(id, n % 2 ? "?size=160" : "")));
  if (all[0].status === 501) return t.skip("this kernel cannot confine programs");
  assert.deepEqual([...new Set(all.map(({ status }) => status))], [200]);
  assert.equal(new Set(all.map(({ bytes }) => createHash("sha256").update(bytes).digest("hex"))).size, 2);
});

test("what is no picture has none, whatever it is said to be, and another's or a missing one is not found", async () => {
  for (const [bytes, type] of [
    ["<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"],
    ["<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"],
    ["Milk, bread, tea.", "text/plain"],
    [png(30, 20).subarray(0, 20), "image/png"],
    [Buffer.concat([png(30, 20).subarray(0, 16), Buffer.from("0000ea600000ea60", "hex"), png(30, 20).subarray(24)]), "image/png"],
  ]) {
    const { status, kind } = await get(await put(bytes, type));
    assert.equal(status, 404);
    assert.equal(kind, "/problems/no-thumbnail");
  }
  const missing = await get("ab".repeat(32));
  assert.equal(missing.status, 404);
  assert.equal(missing.kind, "/problems/not-found");
  assert.equal((await get("no-hash")).status, 400);
  const id = await put(png(30, 20));
  for (const query of ["?size=161", "?size=", "?size=-1", "?size=640&size=160", "?width=640"]) assert.equal((await get(id, query)).status, 400, query);
  assert.equal((await get(id, "", {}, "POST")).status, 405);
});
