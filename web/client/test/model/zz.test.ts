import { it } from "vitest";
import { runModel } from "./model-run";
it("find", { timeout: 900000 }, async () => {
  const from = Number(process.env.FROM ?? 1), n = Number(process.env.N ?? 300);
  const bad = new Map<string, number>(); const first: string[] = [];
  const t = performance.now(); const c = process.cpuUsage();
  for (let s = from; s < from + n; s += 1) {
    const e = await runModel(s);
    if (e) { const k = e.replace(/seed \d+: /, "").slice(0, 28); bad.set(k, (bad.get(k) ?? 0) + 1); if (first.length < 6) first.push(e); }
  }
  console.log([...bad], first.join("\n"), (performance.now() - t) / n, process.cpuUsage(c).user / 1000 / n, "ms cpu per run");
});
