// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import type { Api, Conversation, Conversations } from "@threadkeep/client";
import { grouped, noteUse, usedLast } from "../src/state/model-order";
import { ModelChoice } from "../src/state/models";

let names: string[];
const api = { listModels: async () => ({ models: names.map((id) => ({ id, name: id.toUpperCase(), vendor: "v" })), default: "cloud" }) } as unknown as Api;
const listOf = (...items: Partial<Conversation>[]) =>
  ({ setModel: async () => async () => undefined, snapshot: () => ({ pinned: { items: [] }, main: { items } }) }) as unknown as Pick<Conversations, "setModel" | "snapshot">;
const list = listOf();
afterEach(() => localStorage.clear());

describe("a model that is away", () => {
  it("stays chosen, on reading the list and in a new page, and nobody is asked in its place", async () => {
    names = ["cloud", "local"];
    const models = new ModelChoice(api, list);
    await models.load();
    models.choose(["local"], "C");
    expect(models.snapshot()).toMatchObject({ chosen: ["local"], away: [] });
    names = ["cloud"];
    await models.load();
    expect(models.snapshot()).toMatchObject({ chosen: ["local"], away: ["local"] });
    expect(models.forAsking()).toEqual(["local"]);
    const later = new ModelChoice(api, list);
    await later.load();
    expect(later.snapshot()).toMatchObject({ chosen: ["local"], away: ["local"] });
    names = ["cloud", "local"];
    await later.load();
    expect(later.snapshot().away).toEqual([]);
  });

  it("is the conversation's, also when another one was chosen before", async () => {
    names = ["cloud"];
    const models = new ModelChoice(api, list);
    await models.load();
    expect(models.snapshot()).toMatchObject({ chosen: ["cloud"], away: [] });
    models.follow("local");
    expect(models.snapshot()).toMatchObject({ chosen: ["local"], away: ["local"] });
    models.choose(["cloud"], "C");
    expect(models.snapshot()).toMatchObject({ chosen: ["cloud"], away: [] });
  });
});

describe("which model is offered first", () => {
  it("is the one that the newest conversation was held with, on a device that has chosen none", async () => {
    names = ["a", "b", "cloud"];
    const models = new ModelChoice(api, listOf({ model: "a", updatedAt: 1 }, { model: "b", updatedAt: 2 }, { model: null, updatedAt: 3 }));
    await models.load();
    expect(models.snapshot().chosen).toEqual(["b"]);
  });

  it("is the server’s, where that one is not there any more", async () => {
    names = ["a", "cloud"];
    const models = new ModelChoice(api, listOf({ model: "b", updatedAt: 2 }));
    await models.load();
    expect(models.snapshot()).toMatchObject({ chosen: ["cloud"], away: [] });
  });

  it("stands in the list under favourites, then under used last, each once", async () => {
    const known = ["a", "b", "c", "d"].map((id) => ({ id, name: `Model ${id}`, vendor: id === "d" ? "Dora" : "Vera" }));
    noteUse(["c"]);
    noteUse(["b"]);
    const titles = (words: string) => grouped(known, ["c"], usedLast(), words).map(({ title, models }) => [title, models.map(({ id }) => id).join("")]);
    expect(titles("")).toEqual([["Favourites", "c"], ["Used last", "b"], ["All models", "ad"]]);
    expect(titles("dora MODEL")).toEqual([["All models", "d"]]);
    expect(titles("nobody")).toEqual([]);
  });
});
