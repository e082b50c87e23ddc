// Exports of ChatGPT for import: the large one beside the checkout when it is there, and ones made here.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { root } from "./environment.mjs";

const shared = resolve(root, "../shared/data/chatgpt-export/SYNTHETIC-SHAPE/conversations-oasst100.json");

/** An export of about 100 conversations, some with several answers to one question, as { text, conversations }. */
export function largeExport() {
  if (existsSync(shared)) {
    const text = readFileSync(shared, "utf8");
    return { text, conversations: JSON.parse(text) };
  }
  const conversations = Array.from({ length: 100 }, (_, index) =>
    chatgptConversation({
      title: `${subjects[index % subjects.length]}, part ${index + 1}`,
      time: 1_700_000_000 + index * 5000,
      texts: Array.from({ length: 2 + (index % 7) * 2 }, (_, turn) => `${turn % 2 ? "Answer" : "Question"} ${turn + 1} about ${subjects[index % subjects.length]}`),
    }),
  );
  return { text: JSON.stringify(conversations), conversations };
}

const subjects = ["bees", "tax returns", "a leaking tap", "Latin verbs", "sourdough", "the moons of Jupiter", "a birthday speech"];

/** How many messages of an export a person has written or been answered. */
export function messagesIn(conversations) {
  const said = (node) => node.message && node.message.author.role !== "system" && node.message.content.parts.join("") !== "";
  return conversations.reduce((sum, { mapping }) => sum + Object.values(mapping).filter(said).length, 0);
}

/** One conversation in the shape of an export; questions and answers take turns. `time`: seconds since 1970. */
export function chatgptConversation({ title, time, texts }) {
  const id = `${String(time).padStart(12, "0").slice(-8)}-0000-4000-8000-${String(texts.length).padStart(12, "0")}`;
  const mapping = { root: { id: "root", message: null, parent: null, children: ["m0"] } };
  texts.forEach((text, index) => {
    mapping[`m${index}`] = {
      id: `m${index}`,
      parent: index ? `m${index - 1}` : "root",
      children: index + 1 < texts.length ? [`m${index + 1}`] : [],
      message: {
        id: `m${index}`,
        author: { role: index % 2 ? "assistant" : "user", name: null, metadata: {} },
        create_time: time + index,
        update_time: null,
        content: { content_type: "text", parts: [text] },
        status: "finished_successfully",
        end_turn: true,
        weight: 1,
        metadata: {},
        recipient: "all",
      },
    };
  });
  const last = time + texts.length;
  return { id, conversation_id: id, title, create_time: time, update_time: last, current_node: `m${texts.length - 1}`, mapping };
}
