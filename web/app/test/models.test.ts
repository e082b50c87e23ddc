// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import type { Api, Conversations } from "@threadkeep/client";
import { ModelChoice } from "../src/state/models";

let names: string[];
const api = { listModels: async () => ({ models: names.map((id) => ({ id, name: id.toUpperCase(), vendor: "v" })), default: "cloud" }) } as unknown as Api;
const list = { setModel: async () => async () => undefined } as unknown as Pick<Conversations, "setModel">;
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
