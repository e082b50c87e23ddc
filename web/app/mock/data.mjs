// Conversations for trying the page without the real server: every kind of text that a page has to bear.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let counter = 0;

/** A ULID whose random part counts up: the same ids on every start. */
export function nextId(time = Date.now()) {
  let text = "";
  for (let value = time, i = 0; i < 10; i += 1, value = Math.floor(value / 32)) text = alphabet[value % 32] + text;
  counter += 1;
  for (let value = counter * 7919, i = 0, tail = ""; i < 16; i += 1, value = Math.floor(value / 32)) {
    tail = alphabet[value % 32] + tail;
    if (i === 15) text += tail;
  }
  return text;
}

const text = (value) => [{ type: "text", text: value }];
const q = (value, extra = {}) => ({ role: "user", content: text(value), ...extra });
const a = (value, extra = {}) => ({ role: "assistant", content: typeof value === "string" ? text(value) : value, ...extra });

const longCode = `Here is a complete example. It reads the file in pieces, so memory stays flat whatever its size.

\`\`\`python
import hashlib
import os
from collections import defaultdict
from pathlib import Path


def digest(path: Path, piece: int = 1 << 20) -> str:
    """SHA-256 of a file, read piece by piece."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(piece):
            state.update(data)
    return state.hexdigest()


def duplicates(root: Path) -> dict[str, list[Path]]:
    by_size: dict[int, list[Path]] = defaultdict(list)
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                by_size[path.stat().st_size].append(path)
    by_digest: dict[str, list[Path]] = defaultdict(list)
    for paths in by_size.values():
        if len(paths) > 1:  # a size of its own cannot have a duplicate
            for path in paths:
                by_digest[digest(path)].append(path)
    return {key: paths for key, paths in by_digest.items() if len(paths) > 1}


if __name__ == "__main__":
    for key, paths in duplicates(Path.home() / "Pictures").items():
        print(f"{key[:12]}  {len(paths)} copies, {paths[0].stat().st_size:,} bytes each, for example {', '.join(map(str, paths[:3]))}")
\`\`\`

How it works:

1. **By size first.** Two files of different length cannot be the same, so most files are never read.
2. **Then by digest.** Only files that share a size are read, once each.
3. Symbolic links are left out; otherwise a link and its target would count as two copies.

> A digest is a promise, not a proof. For files you are about to delete, compare them byte by byte as well: \`filecmp.cmp(a, b, shallow=False)\`.`;

const table = `Compared for a note-taking application on one machine:

| Store | Durable by default | Search | Read of 50 rows | Good for |
|:--|:--:|:--|--:|:--|
| SQLite (WAL, \`synchronous=FULL\`) | yes | FTS5 | 0.08 ms | one machine, one writer, years of quiet |
| PostgreSQL 15 | yes | \`tsvector\` | 0.31 ms | several machines, many writers |
| IndexedDB | no¹ | none | 1.20 ms | a cache in the browser that can be rebuilt |
| Plain files | depends on \`fsync\` | \`grep\` | 2.40 ms | export, reading by other programs, very long lives |

¹ A browser may clear it when the disk is full. See [the storage standard](https://storage.spec.whatwg.org/) and ~~trust me~~ measure it.

- [x] Decide what must survive a power cut
- [ ] Measure on *your* disk
- [ ] Write the restore test **before** the backup

![a chart of the numbers](https://example.com/chart.png)`;

const chinese = `当然可以。先说结论：**用“索引 + 正文”两层存储**，查询走索引，正文按需读取。

1. 新消息先写入日志，再更新索引；
2. 索引里只放编号、时间和标题，正文放在另一张表；
3. 断电之后从日志恢复，最多丢失未提交的那一条。

\`\`\`sql
CREATE TABLE 消息 (
  编号 INTEGER PRIMARY KEY,
  会话 INTEGER NOT NULL,
  正文 TEXT NOT NULL  -- 原样保存，不做任何改写
);
\`\`\`

如果数据量超过一千万条，再考虑按用户分区。`;

const arabic = `بالتأكيد. إليك الفكرة ببساطة: **لا تثق بالذاكرة وحدها**، بل اكتب كل شيء على القرص أولًا ثم أجب.

- احفظ الرسالة قبل إرسال الرد.
- أعد المحاولة بالمعرّف نفسه؛ فلن تُحفظ مرتين.
- استخدم الأمر \`fsync\` بعد كل كتابة مهمة.

ثم اختبر ذلك بفصل الكهرباء فعلًا، لا بالتخمين.`;

const longTitle =
  "A very long question about whether it is better to keep every conversation in one database file or in one file per conversation when there are several hundred thousand of them and backups must be quick, cheap and easy to verify";

const special = [
  { title: "Find duplicate pictures", ago: 0.2, turns: [q("Write a Python function that finds duplicate files in my pictures, and explain how it works."), a(longCode, { model: "builtin" })] },
  { title: longTitle, ago: 0.5, isPinned: true, turns: [q(longTitle + "?"), a(table, { model: "sonata-large" }), q("And on a spinning disk?"), a("There the seek costs more than anything else. **Fewer, larger files** win: one database, read in order.", { model: "sonata-large" })] },
  { title: "如何保存聊天记录", ago: 3, turns: [q("我想把所有聊天记录都保存下来，并且能很快搜索，应该怎么设计？"), a(chinese, { model: "sonata-large" })] },
  { title: "كيف أحفظ المحادثات من الضياع", ago: 5, turns: [q("كيف أتأكد من أن محادثاتي لا تضيع عند انقطاع الكهرباء؟"), a(arabic, { model: "builtin" })] },
  { title: "What did I ask about Rust?", ago: 7, turns: [
    q("Search my conversations: what did I ask about lifetimes in Rust?"),
    a([
      { type: "reasoning", text: "The person wants something out of their own history. The tool for that is search_conversations.\nLook for both \"lifetime\" and \"borrow\"." },
      { type: "tool_use", id: "t1", name: "search_conversations", input: { query: "rust lifetimes", limit: 5 } },
      { type: "tool_result", toolUseId: "t1", content: [{ type: "text", text: "2 hits\n1. \"Rust lifetimes\", 12 March: why does the borrow checker refuse this struct?\n2. \"Parser in Rust\", 2 April: how long does a token live?" }] },
      { type: "tool_use", id: "t2", name: "read_conversation", input: { conversation: "Parser in Rust" } },
      { type: "tool_result", toolUseId: "t2", content: "The conversation is in the trash.", isError: true },
      { type: "text", text: "You asked about it **twice**:\n\n- On 12 March, why the borrow checker refuses a struct that holds a reference to one of its own fields.\n- On 2 April, how long a token lives in your parser. That conversation is in the trash, so I could not read it." },
      { type: "source", url: "https://doc.rust-lang.org/book/ch10-03-lifetime-syntax.html", title: "Validating references with lifetimes" },
      { type: "source", url: "javascript:alert(1)", title: "A source with a bad address" },
      { type: "image", attachmentId: "X", name: "borrow-checker.png", mediaType: "image/png", size: 183220 },
      { type: "execution_output", text: "kept verbatim", exit: 0, nested: { deep: [1, 2, 3] } },
    ], { model: "sonata-large" }),
  ] },
  { title: "Tax questions", ago: 30, isPinned: true, turns: [q("Can I deduct a desk?"), a("If it stands in a room that is used for work only: usually yes. Keep the receipt for ten years.", { model: "builtin" })] },
  { title: "Dinner ideas", ago: 8, turns: [q("Something with lentils, in twenty minutes"), a("Red lentils, a tin of tomatoes, cumin, and spinach at the", { status: "cancelled", model: "builtin" })] },
  { title: "Minutes of the meeting", ago: 26, turns: [q("Turn these notes into minutes, please."), a("# Minutes\n\n**Present:** all five.\n\n1. The new shelf was", { status: "interrupted", model: "sonata-large" })] },
  { title: "A letter to the landlord", ago: 28, turns: [q("Write a polite letter about the heating."), a([], { status: "error", error: { type: "/problems/model-unavailable", detail: "sonata-large answered 529: overloaded." }, model: "sonata-large" })] },
  { title: "Hostile text", ago: 31, turns: [q("Show me <script>alert(1)</script> and [a link](javascript:alert(1))"), a("Here: <img src=x onerror=alert(1)> and [click me](javascript:alert(1)), [data](data:text/html,<script>alert(1)</script>), <a href=\"javascript:alert(1)\">html</a>, [fine](https://example.com), &lt;b&gt; &copy; &hellip;\n\n<script>window.__xss=1</script>\n\n![tracker](https://tracker.example/pixel.gif)\n\n[ref]: javascript:alert(1)\n[by reference][ref]", { model: "builtin" })] },
];

function fromOasst(folder) {
  const file = join(folder, "corpora/LAION-AI__Open-Assistant/en_100_tree.jsonl");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map((line, index) => {
    const { prompt } = JSON.parse(line);
    const walk = (node) => ({
      role: node.role === "prompter" ? "user" : "assistant",
      content: text(node.text),
      replies: (node.replies ?? []).map(walk),
      ...(node.role === "prompter" ? {} : { model: index % 2 ? "builtin" : "sonata-large" }),
    });
    return { title: prompt.text.slice(0, 57), ago: 34 + index * 11 + (index % 7) * 3, tree: walk(prompt) };
  });
}

function long(count) {
  const turns = [];
  for (let i = 1; i <= count / 2; i += 1) {
    turns.push(q(`Question ${i}: what is ${i} times ${i}, and what is it good for?`));
    turns.push(a(`**${i * i}.** ${"It is the area of a square whose side is " + i + ". "} ${i % 5 === 0 ? "\n\n```js\nconst square = " + i + " * " + i + ";\nconsole.log(square);\n```\n" : ""}${i % 3 === 0 ? "\n\n- it is " + (i % 2 ? "odd" : "even") + "\n- its root is " + i + "\n- the next one is " + (i + 1) ** 2 : ""}`, { model: "builtin" }));
  }
  return { title: `A conversation of ${count} messages`, ago: 1, turns };
}

/** Puts everything into a store, as the real server would have it. */
export function fill(store, folder) {
  const now = Date.now();
  const all = [...special, long(2000), ...fromOasst(folder)];
  for (const { title, ago, turns, tree, isPinned } of all) {
    const time = now - ago * 3_600_000;
    const conversation = store.addConversation({ id: nextId(time), title, titleSource: "model", createdAt: time, isPinned: isPinned === true });
    let parent = null;
    const add = (turn, parentId, at) => store.addMessage(conversation, { id: nextId(at), createdAt: at, parentId, ...turn });
    const addTree = ({ replies, ...node }, parentId, at) => {
      const row = add(node, parentId, at);
      for (const reply of replies) addTree(reply, row.id, at + 60_000);
    };
    if (tree) addTree(tree, null, time);
    (turns ?? []).forEach((turn, index) => (parent = add(turn, parent, time + index * 20_000).id));
    conversation.updatedAt = time;
  }
}
