// How much of what the chosen model reads at once the conversation takes up.
import type { MessageRow } from "@threadkeep/client";
import { Tooltip } from "../components/ui/tooltip";

/** From here on older messages are about to be summarised or left out. */
const nearlyFull = 70;

interface FullnessProps {
  rows: readonly MessageRow[];
  /** The rows begin with the first message. */
  isWhole: boolean;
  window: number;
  name: string;
}

export function Fullness({ rows, isWhole, window, name }: FullnessProps) {
  const tokens = tokensOf(rows, isWhole);
  if (tokens === 0) return null;
  const percent = Math.min(100, Math.ceil((tokens / window) * 100));
  const isNearlyFull = percent >= nearlyFull;
  const about = `About ${percent}% of the ${window.toLocaleString()} tokens that ${name} reads at once.`;
  const next = isNearlyFull ? " The oldest messages will be given to it in short, or left out." : "";
  return (
    <Tooltip text={about + next}>
      <span tabIndex={0} role="img" aria-label={`How full the conversation is: ${about}${next}`} className={`target flex h-9 shrink-0 items-center gap-1.5 rounded-full px-2 text-small tabular-nums ${isNearlyFull ? "text-waiting" : "text-faint"}`}>
        <svg viewBox="0 0 20 20" width={16} height={16} aria-hidden="true" className="-rotate-90">
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.25" />
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="3" pathLength={100} strokeDasharray={`${percent} 100`} />
        </svg>
        {isNearlyFull && `${percent}%`}
      </span>
    </Tooltip>
  );
}

/** As the vendor counted the newest answer that it counted, and an estimate of what came after it; of all of it where it counted none. 0: nobody knows. */
function tokensOf(rows: readonly MessageRow[], isWhole: boolean): number {
  let later = 0;
  for (const { message } of rows.toReversed()) {
    const { inputTokens = 0, outputTokens = 0 } = message.usage ?? {};
    const rounds = message.content.some(({ type }) => type === "tool_result");
    // Each round of tools is counted for itself: their sum says nothing of one.
    if (message.role === "assistant" && inputTokens > 0 && !rounds) return inputTokens + outputTokens + later;
    later += Math.ceil(JSON.stringify(message.content.filter(({ type }) => type !== "context_summary")).length / 3);
  }
  return isWhole ? later : 0;
}
