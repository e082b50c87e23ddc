// Presets: settings for more than one conversation. Made, changed, deleted, pushed, and told to other devices.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const at = (id) => `/api/presets/${encodeURIComponent(id)}`;
const patch = (id, fields, headers) => server.call("PATCH", at(id), fields, headers);
const remove = (id, headers) => server.call("DELETE", at(id), undefined, headers);
const list = async () => (await server.call("GET", "/api/presets")).body.presets;
const push = async (operation) =>
  (await server.call("POST", "/api/push", { epoch: 1, operations: [{ id: ulid(), editedAt: Date.now() + 1_000, ...operation }] })).body.results[0];
const kind = ({ status, body }) => `${status} ${body.type}`;

test("one of each kind is made, read, changed and deleted", async () => {
  const named = ulid();
  for (const [id, of] of [["default", "default"], ["folder:Büro / 2+2 = 100%", "folder"], [named, "named"]]) {
    const name = of === "named" ? { name: "Coder" } : {};
    const made = await patch(id, { ...name, settings: { system: "Be brief.", temperature: 0.5 } });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.id, made.body.kind, made.body.name], [id, of, name.name]);
    assert.deepEqual(made.body.settings, { system: "Be brief.", temperature: 0.5 });
    assert.equal(made.headers.get("etag"), '"1"');
    const found = await server.call("GET", at(id));
    assert.deepEqual(found.body, made.body);
    const changed = await patch(id, { settings: { temperature: null, effort: "low" } }, { "If-Match": '"1"' });
    assert.deepEqual([changed.status, changed.headers.get("etag")], [200, '"2"']);
    assert.deepEqual(changed.body.settings, { system: "Be brief.", effort: "low" });
    assert.equal((await patch(id, { settings: { effort: "low" } })).body.rev, 2, "nothing new");
    assert.equal(kind(await patch(id, { settings: { effort: "high" } }, { "If-Match": '"1"' })), "412 /problems/stale");
  }
  assert.deepEqual((await list()).map(({ id }) => id).sort(), [named, "default", "folder:Büro / 2+2 = 100%"].sort());
  for (const { id } of await list()) {
    assert.equal(kind(await remove(id, { "If-Match": '"1"' })), "412 /problems/stale");
    assert.equal((await remove(id, { "If-Match": "*" })).body.detail, "If-Match names no revision of this preset.");
    assert.equal((await remove(id)).status, 204);
    assert.equal((await remove(id)).status, 204, "again");
    assert.equal(kind(await server.call("GET", at(id))), "404 /problems/not-found");
  }
  assert.deepEqual(await list(), []);
  assert.equal(kind(await remove(ulid())), "404 /problems/not-found");
  assert.equal((await patch(named, { name: "Again" })).status, 201, "one that was deleted is made again by its name");
});

test("what none can be is refused by its name", async () => {
  for (const id of ["Default", "folder:", "folder:a\nb", `folder:${"x".repeat(201)}`, "x", "%"]) {
    assert.equal(kind(await patch(id, { settings: {} })), "400 /problems/invalid-id", id);
  }
  assert.equal((await server.call("PATCH", "/api/presets/%zz", {})).status, 400);
  assert.equal(kind(await patch(ulid(), { settings: { temperature: 1 } })), "404 /problems/not-found");
  const wrong = [{ name: "" }, { name: "a\nb" }, { name: "x".repeat(201) }, { name: null }, { settings: { temperature: 3 } }, { settings: { system: "" } }];
  for (const fields of wrong) assert.equal(kind(await patch(ulid(), { name: "n", ...fields })), "422 /problems/invalid-field", JSON.stringify(fields));
  assert.equal(kind(await patch("default", { name: "n" })), "422 /problems/invalid-field");
  assert.equal(kind(await patch("default", { model: "m" })), "422 /problems/unknown-field");
  const big = "x".repeat(65_536);
  const ids = [];
  for (let answer; answer?.status !== 413; ids.push(answer.status === 413 ? null : answer.body.id)) {
    assert.ok(ids.length < 40);
    answer = await patch(ulid(), { name: "Big", settings: { system: big } });
  }
  for (const id of ids.filter(Boolean)) await remove(id);
});

test("a push runs them once, and the later wish stays", async () => {
  const presetId = ulid();
  const now = Date.now();
  const operation = { id: ulid(), type: "edit-preset", presetId, editedAt: now - 500, fields: { name: "Coder", settings: { system: "one", temperature: 1 } } };
  const made = await push(operation);
  assert.deepEqual([made.status, made.preset.name, made.preset.settings], [201, "Coder", { system: "one", temperature: 1 }]);
  const again = await push(operation);
  assert.deepEqual([again.status, again.preset], [200, made.preset]);
  assert.equal((await push({ ...operation, fields: { name: "Other" } })).status, 409);
  const older = await push({ type: "edit-preset", presetId, editedAt: now - 600, fields: { name: "Older", settings: { maxTokens: 5 } } });
  assert.deepEqual([older.status, older.preset.name, older.preset.settings], [200, "Coder", { system: "one", temperature: 1, maxTokens: 5 }]);
  const gone = await push({ type: "delete-preset", presetId });
  assert.equal(gone.status, 204);
  assert.ok(gone.preset.deletedAt && gone.preset.name === undefined);
  assert.deepEqual(gone.preset.settings, {});
  const late = await push({ type: "edit-preset", presetId, editedAt: now - 400, fields: { name: "Late" } });
  assert.ok(late.preset.deletedAt, "it was edited before it was deleted");
  for (const [fields, status] of [[{ presetId: "x" }, 400], [{ presetId: undefined }, 422], [{ presetId, editedAt: undefined }, 422], [{ presetId: "default", fields: { name: "n" } }, 422]]) {
    assert.equal((await push({ type: "edit-preset", fields: {}, ...fields })).status, status, JSON.stringify(fields));
  }
});

test("other devices hear of them: by a poke, the feed and the snapshot", async () => {
  const first = (await server.call("GET", "/api/snapshot")).body;
  const events = await fetch(`${server.base}/api/events`);
  const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  await patch("default", { settings: { effort: "low" } });
  while (!heard.includes("event: poke")) heard += (await reader.read()).value;
  await reader.cancel();
  const feed = (await server.call("GET", `/api/conversations/changes?since=${first.changesCursor}`)).body;
  assert.deepEqual(feed.presets.map(({ id, settings }) => [id, settings]), [["default", { effort: "low" }]]);
  await remove("default");
  const next = (await server.call("GET", `/api/conversations/changes?since=${feed.nextCursor}`)).body;
  assert.ok(next.presets[0].deletedAt);
  await patch("folder:A", { settings: { effort: "low" } });
  const snapshot = (await server.call("GET", "/api/snapshot?include=conversations&limit=1")).body;
  assert.ok(snapshot.presets.some(({ id }) => id === "folder:A") && !snapshot.presets.some(({ id }) => id === "default"));
});
