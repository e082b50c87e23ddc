// Messages as large as one may be, of every shape that has held up a page, and what the main thread spends on one task.
const bytesMax = 4 * 1024 * 1024 - 1024;

/** As it is stored. */
const bytesOf = (text) => Buffer.byteLength(JSON.stringify(text)) - 2;

/** As much of `piece` again and again as goes into a message. */
function filled(piece, begin = "") {
  const count = Math.floor((bytesMax - bytesOf(begin)) / bytesOf(piece));
  return `${begin}${piece.repeat(count)}`;
}

const row = (cell, count) => `|${`${cell}|`.repeat(count)}\n`;

/** By what a person would call them. */
export const largeMessages = {
  "a table of 1,000 by 1,000": `${row("a", 1000)}${row("-", 1000)}${row("b", 1000).repeat(1000)}`,
  "a table of 20 by 49": `${row("name", 20)}${row("-", 20)}${row("one *or* two", 20).repeat(48)}`,
  "many tables": filled(`| name | what it is |\n|---|---|\n${"| one | two words |\n".repeat(40)}\n`),
  "100,000 short lines": "a\n".repeat(100_000),
  "short lines of 4 MiB": filled("a\n"),
  "lists 1,000 deep": Array.from({ length: 1000 }, (_, level) => `${"  ".repeat(level)}- x`).join("\n"),
  "a list of 4 MiB": filled("- one of *many* items\n"),
  "one line of 4 MiB": filled("A"),
  "one line of words": filled("some words "),
  "quotes in quotes": "> ".repeat(2048),
  "code of 4 MiB": filled("let a = 1;\n", "```js\n"),
  "one line of code": filled("let a = 1; ", "```js\n"),
  emoji: filled("👩‍👩‍👧‍👦🏳️‍🌈 "),
  arabic: filled("هذا نص طويل جدا مع كلمات كثيرة "),
  "lines of chinese": filled("春眠不覺曉處處聞啼鳥夜來風雨聲花落知多少\n"),
  "100,000 links": "[a](https://example.com/a) ".repeat(100_000),
  "addresses without links": filled("https://example.com/some/path "),
  "what looks like HTML": filled("<div class=\"a\"><b>x</b><script>y</script>&amp;\n"),
  "paragraphs of 4 MiB": filled("A paragraph with *some* words in it, and `code`, as models write them day by day.\n\n"),
};

/** Begins to record what every thread of the browser runs. The function that it returns ends that, and gives the tasks of this page's main thread. */
export async function recordTasks(page) {
  const browser = page.raw.context().browser();
  const categories = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];
  await browser.startTracing(page.raw, { categories });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const main = mainThreads(traceEvents, new URL(page.raw.url()).origin);
    const isOfMain = ({ pid, tid, ph, dur }) => ph === "X" && dur !== undefined && main.has(`${pid} ${tid}`);
    const events = traceEvents.filter(isOfMain);
    return events
      .filter(({ name }) => name === "RunTask" || name === "ThreadControllerImpl::RunTask")
      .map((task) => ({ cpuMs: (task.tdur ?? task.dur) / 1000, wallMs: task.dur / 1000, hasCpu: task.tdur !== undefined, parts: () => partsOf(events, task) }))
      .sort((a, b) => b.cpuMs - a.cpuMs);
  };
}

/** Threads that drew anything, of the processes that name this page. */
function mainThreads(events, origin) {
  const names = new Map(events.filter(({ name }) => name === "thread_name").map(({ pid, tid, args }) => [`${pid} ${tid}`, args.name]));
  const ours = new Set(events.filter(({ args }) => JSON.stringify(args ?? {}).includes(origin)).map(({ pid, tid }) => `${pid} ${tid}`));
  return new Set([...ours].filter((thread) => names.get(thread) === "CrRendererMain"));
}

/** What a task was spent on: the longest of its parts, for a person who reads the failure. */
function partsOf(events, task) {
  const inside = events.filter((one) => one !== task && one.pid === task.pid && one.tid === task.tid && one.ts >= task.ts && one.ts + one.dur <= task.ts + task.dur);
  return inside
    .filter(({ dur }) => dur > 3000)
    .sort((a, b) => b.dur - a.dur)
    .slice(0, 14)
    .map(({ name, dur, args }) => `${name} ${(dur / 1000).toFixed(0)} ${args?.data?.functionName ?? ""} ${args?.data?.url ?? ""}:${args?.data?.lineNumber ?? ""}:${args?.data?.columnNumber ?? ""}`.trim());
}
