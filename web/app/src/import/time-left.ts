/** A guess is said once there is something to guess from. */
const guessAfterMs = 3_000;

/** How long the rest takes at the pace so far, as the end of a sentence. */
export function timeLeft(ms: number, sentBytes: number, totalBytes: number): string {
  if (ms < guessAfterMs || sentBytes <= 0 || sentBytes >= totalBytes) return "";
  const seconds = Math.ceil(((ms / sentBytes) * (totalBytes - sentBytes)) / 1000);
  return seconds < 60 ? `, about ${seconds} s left` : `, about ${Math.ceil(seconds / 60)} min left`;
}
