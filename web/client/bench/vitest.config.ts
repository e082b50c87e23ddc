import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["client/bench/*.bench.ts"], fileParallelism: false } });
