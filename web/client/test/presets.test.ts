// Presets on a device: shown with what waits on top, given to the server once, taken from it whatever the page before knew.
import { describe, expect, it } from "vitest";
import type { ServerDoor } from "../src/core/server-door";
import { ServerClock } from "../src/core/server-clock";
import { Sync } from "../src/core/sync";
import { openPresets } from "../src/presets";
import { MemoryStore } from "../src/store/memory-store";
import { doorTo, ModelServer } from "./model/model-server";

let ids = 0;
function device(server: ModelServer, door: ServerDoor = doorTo(server)) {
  const store = new MemoryStore();
  const now = () => server.now;
  const around = { now, newId: () => `op${(ids += 1)}` };
  const sync = new Sync(store, door, around);
  return { store, sync, presets: () => openPresets(store, around, new ServerClock(now)) };
}
const serverWith = () => new ModelServer(() => 0.5);
const shown = (rows: readonly { id: string; name?: string; settings: object }[]) => rows.map(({ id, name, settings }) => [id, name, settings]);

describe("presets on a device", () => {
  it("shows at once what was done, offline too, and takes each step back", async () => {
    const presets = await device(serverWith()).presets();
    const made = await presets.edit("named-1", { name: "Coder", settings: { system: "Write code.", temperature: 0.2 } });
    await presets.edit("folder:Work", { settings: { effort: "low" } });
    const renamed = await presets.edit("named-1", { name: "Programmer", settings: { temperature: null } });
    expect(shown(presets.snapshot())).toEqual([["folder:Work", undefined, { effort: "low" }], ["named-1", "Programmer", { system: "Write code." }]]);
    await renamed();
    expect(presets.find("named-1")).toMatchObject({ name: "Coder", settings: { system: "Write code.", temperature: 0.2 } });
    const gone = await presets.remove("named-1");
    expect(presets.find("named-1")).toBeUndefined();
    await gone();
    expect(presets.find("named-1")).toMatchObject({ name: "Coder", settings: { temperature: 0.2 } });
    await made();
    expect(presets.find("named-1")).toBeUndefined();
    await presets.edit("folder:Work", { settings: { effort: null } });
    expect(presets.snapshot()).toEqual([]);
    expect(presets.settingsOf("folder:Work")).toEqual({});
  });

  it("takes a folder's settings along to its new name, and back", async () => {
    const presets = await device(serverWith()).presets();
    await presets.edit("folder:A", { settings: { system: "of A", temperature: 1 } });
    await presets.edit("folder:B", { settings: { system: "of B" } });
    const undo = await presets.moveFolder("A", "B");
    expect(shown(presets.snapshot())).toEqual([["folder:B", undefined, { system: "of B", temperature: 1 }]]);
    await undo();
    expect(shown(presets.snapshot())).toEqual([["folder:A", undefined, { system: "of A", temperature: 1 }], ["folder:B", undefined, { system: "of B" }]]);
  });

  it("sends what waits, and another device has it", async () => {
    const server = serverWith();
    const [first, second] = [device(server), device(server)];
    await first.sync.pull();
    await second.sync.pull();
    const here = await first.presets();
    const there = await second.presets();
    await here.edit("default", { settings: { temperature: 1, system: "x" } });
    await first.sync.push();
    expect(first.store.outboxRows.size).toBe(0);
    expect(here.settingsOf("default")).toEqual({ system: "x", temperature: 1 });
    await second.sync.pull();
    await there.read();
    expect(there.settingsOf("default")).toEqual({ system: "x", temperature: 1 });
    await there.remove("default");
    await second.sync.push();
    await first.sync.pull();
    await here.read();
    expect(here.snapshot()).toEqual([]);
  });

  it("reads them all where an earlier page, which knew of none, has passed over them", async () => {
    const server = serverWith();
    const one = device(server);
    await one.sync.pull();
    const other = device(server);
    await other.sync.pull();
    await (await other.presets()).edit("default", { settings: { temperature: 1 } });
    await other.sync.push();
    // As the earlier page leaves it: further in the feed, and without the word that this one has added.
    const { hasPresets: _, ...state } = one.store.syncState;
    one.store.syncState = { ...state, cursor: server.changes({ since: state.cursor! }).nextCursor };
    await one.sync.pull();
    expect((await one.presets()).settingsOf("default")).toEqual({ temperature: 1 });
    expect(one.store.syncState.hasPresets).toBe(true);
  });

  it("gives back what a restore of the server has lost", async () => {
    const server = serverWith();
    const one = device(server);
    await one.sync.pull();
    server.backUp();
    const presets = await one.presets();
    await presets.edit("folder:A", { settings: { system: "kept" } });
    await one.sync.push();
    server.restore();
    expect(server.presets()).toEqual([]);
    await one.sync.pull();
    await one.sync.push();
    expect(server.presets().map(({ id, settings }) => [id, settings])).toEqual([["folder:A", { system: "kept" }]]);
  });
});
