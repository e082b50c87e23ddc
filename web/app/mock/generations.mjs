// Answers that are written word by word, can be watched by several clients, left, resumed and stopped.
import { nextId } from "./data.mjs";

const generations = new Map();

const essay = (question) => `You asked: *${question.slice(0, 120).replace(/\n/g, " ")}*

This is the mock server's own answer. It is **not** a model: it writes the same thing every time, at about the speed of one.

## What it shows

1. Text that grows without moving what you already read.
2. A list that is longer than one line, so that the wrapping of its items can be looked at as well, also on a narrow screen.
3. Code:

\`\`\`ts
export async function* words(text: string, perSecond = 40): AsyncGenerator<string> {
  for (const word of text.split(/(?<=\\s)/)) {
    yield word;
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  }
}
\`\`\`

| Step | What happens |
|:--|:--|
| 1 | your message is stored |
| 2 | the answer is reserved |
| 3 | it is written, and kept every quarter of a second |

That is all. Ask again to get a sibling of this answer.`;

export function generationOf(answerId) {
  return generations.get(answerId);
}

/** Starts one generation with an answer per model; the events are kept for replay. */
export function begin(store, conversation, question, parentId, models, answerIds, settings) {
  const generation = { log: [], watchers: new Set(), answers: [] };
  const emit = (event, data) => {
    const entry = { id: `${generation.tag}-${generation.log.length + 1}`, event, data };
    generation.log.push(entry);
    for (const watcher of generation.watchers) watcher(entry);
  };
  const asked = store.messages.get(parentId);
  const answers = models.map((model, index) =>
    store.addMessage(conversation, { id: answerIds?.[index] ?? nextId(), parentId, role: "assistant", status: "reserved", model }),
  );
  conversation.headId = answers[0].id;
  generation.tag = answers[0].id;
  generation.answers = answers;
  for (const answer of answers) generations.set(answer.id, generation);
  if (question) emit("message", { message: { ...question } });
  for (const answer of answers) emit("message", { message: structuredClone(answer) });
  if (conversation.titleSource === "default") {
    Object.assign(conversation, { title: (question?.content[0]?.text ?? "").slice(0, 57), titleSource: "excerpt" });
    emit("title", { conversationId: conversation.id, title: conversation.title });
  }
  let open = answers.length;
  const done = () => {
    open -= 1;
    if (open > 0) return;
    if (conversation.titleSource === "excerpt") {
      Object.assign(conversation, { title: `About ${conversation.title.split(" ").slice(0, 5).join(" ").toLowerCase()}`, titleSource: "model" });
      emit("title", { conversationId: conversation.id, title: conversation.title });
    }
    emit("end", {});
  };
  const words = asked?.content?.map((block) => block.text ?? "").join(" ") ?? "";
  answers.forEach((answer, index) => write(answer, words, emit, done, { ...settings, perSecond: settings.perSecond * (1 - index * 0.3) }));
  return generation;
}

function write(answer, question, emit, done, { perSecond }) {
  const messageId = answer.id;
  const finish = (status, extra = {}) => {
    clearInterval(answer.timer);
    delete answer.timer;
    delete answer.finish;
    Object.assign(answer, { status, ...extra });
    emit("status", { messageId, status, ...extra });
    done();
  };
  Object.defineProperty(answer, "finish", { value: finish, enumerable: false, configurable: true, writable: true });
  Object.defineProperty(answer, "timer", { value: null, enumerable: false, configurable: true, writable: true });
  if (/fail please/i.test(question)) {
    setTimeout(() => answer.finish?.("error", { error: { type: "/problems/model-failed", detail: "The mock was asked to fail." } }), 600);
    return;
  }
  const steps = [];
  if (/think/i.test(question)) {
    for (const word of "First the question has to be understood. Then it can be answered.".split(/(?<=\s)/)) steps.push(["reasoning", word]);
  }
  if (/search/i.test(question)) {
    steps.push(["tool_input", '{"query":'], ["tool_input", ' "last week"}'], ["tool"], ["tool_result"]);
  }
  for (const word of essay(question).split(/(?<=\s)/)) steps.push(["text", word]);
  const pause = () => {
    const [type, piece] = steps.shift() ?? [];
    if (!type) return finish("complete", { usage: { inputTokens: question.length, outputTokens: 230 } });
    if (answer.status === "reserved") answer.status = "streaming";
    let index = answer.content.length - 1;
    const kind = type === "tool_input" ? "tool_use" : type;
    if (type === "tool") {
      answer.content[index] = { type: "tool_use", id: "call-1", name: "search_conversations", input: { query: "last week" } };
      return emit("block", { messageId, index, block: answer.content[index] });
    }
    if (type === "tool_result") {
      answer.content.push({ type: "tool_result", toolUseId: "call-1", content: "3 hits: Dinner ideas, Tax questions, Minutes of the meeting" });
      return emit("block", { messageId, index: index + 1, block: answer.content[index + 1] });
    }
    if (answer.content[index]?.type !== kind) {
      index += 1;
      answer.content.push(kind === "tool_use" ? { type: kind, id: "call-1", name: "search_conversations", input: {} } : { type: kind, text: "" });
    }
    if (kind !== "tool_use") answer.content[index].text += piece;
    emit("delta", { messageId, index, type, text: piece });
  };
  answer.timer = setInterval(pause, Math.max(2, 1000 / perSecond));
}
