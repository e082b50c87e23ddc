// What an answer took, in words.
import type { Usage } from "@threadkeep/client";

/** "" where nobody counted. */
export function usageWords({ inputTokens, outputTokens, costNanoUsd }: Usage): string {
  if (!inputTokens && !outputTokens) return "";
  const counted = `${inputTokens.toLocaleString()} tokens read, ${outputTokens.toLocaleString()} written`;
  return costNanoUsd === undefined ? counted : `${counted}, ${dollars(costNanoUsd / 1e9)}`;
}

function dollars(amount: number): string {
  return `$${amount < 0.1 ? Number(amount.toPrecision(2)) : amount.toFixed(2)}`;
}
