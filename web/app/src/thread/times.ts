const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const older = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** As short as it can be told apart: the time today, the day this year, the date before. */
export function shortTime(time: number, now: number): string {
  const then = new Date(time);
  const today = new Date(now);
  if (then.toDateString() === today.toDateString()) return hour.format(then);
  return (then.getFullYear() === today.getFullYear() ? day : older).format(then);
}

export function wholeTime(time: number): string {
  return whole.format(time);
}
