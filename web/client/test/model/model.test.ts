import { expect, it } from "vitest";
import { runModel } from "./model-run";

const runs = Number(process.env.SYNC_MODEL_RUNS ?? 2_000);
const from = Number(process.env.SYNC_MODEL_SEED ?? 1);

it(`${runs} runs come together, lose nothing and repeat nothing`, { timeout: 900_000 }, async () => {
  for (let seed = from; seed < from + runs; seed += 1) expect(await runModel(seed)).toBeNull();
});
