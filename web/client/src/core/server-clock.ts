// The server's clock as this device can know it: from the times in its answers.

/** Answers carry their time in whole seconds, cut off. */
const answerStepMs = 1000;

/** What one tab knows of it, for the others. */
export interface ClockReading {
  offsetMs: number;
  latestMs: number;
}

/**
 * An edit must count as later than every edit its author had seen, whatever the clocks say. Those were made no later than the answer that
 * brought them, so an edit is stamped after the latest answer; the server takes a stamp ahead of its own clock as now.
 */
export class ServerClock {
  private offsetMs = 0;
  private latestMs = 0;
  private lastStamp = 0;
  constructor(private readonly deviceNow: () => number) {}

  /** Call it with the time in each answer of the server. */
  observe(answeredAtMs: number): void {
    this.latestMs = Math.max(this.latestMs, answeredAtMs + answerStepMs);
    this.offsetMs = answeredAtMs - this.deviceNow();
  }

  /** What another tab has observed. */
  take({ offsetMs, latestMs }: ClockReading): void {
    this.offsetMs = offsetMs;
    this.latestMs = Math.max(this.latestMs, latestMs);
  }

  reading(): ClockReading {
    return { offsetMs: this.offsetMs, latestMs: this.latestMs };
  }

  now(): number {
    return this.deviceNow() + this.offsetMs;
  }

  /** For `editedAt`: later than all that was seen, and than all stamps before. */
  stamp(): number {
    this.lastStamp = Math.max(this.now(), this.latestMs, this.lastStamp + 1);
    return this.lastStamp;
  }
}
