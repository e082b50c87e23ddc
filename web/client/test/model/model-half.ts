// The runs of the model, in two files so that two threads share them. SYNC_MODEL_RUNS and SYNC_MODEL_SEED choose how many and from where.
import { expect, it } from "vitest";
import { runModel } from "./model-run";

const runs = Number(process.env.SYNC_MODEL_RUNS ?? 20_000);
const from = Number(process.env.SYNC_MODEL_SEED ?? 1);

export function itComesTogether(half: 0 | 1): void {
  it(`devices come together, lose nothing and repeat nothing, in half of ${runs} runs`, { timeout: 1_800_000 }, async () => {
    for (let seed = from + half; seed < from + runs; seed += 2) expect(await runModel(seed)).toBeNull();
  });
}
