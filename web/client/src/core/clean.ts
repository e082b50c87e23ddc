// What a text may not hold, wherever it comes from: the server refuses it, and a person does not see it.
import type { ContentBlock } from "../types";
import type { EditableFields, Operation } from "./outbox";

const pairOrHalf = /\0|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g;

/** The text with U+FFFD in the place of each U+0000 and of each half of a character; of the same length. */
export function cleaned(text: string): string {
  return text.replace(pairOrHalf, (found) => (found.length === 2 ? found : "\uFFFD"));
}

/** The same for all texts that a person may have written or pasted into it. */
export function cleanedOperation(operation: Operation): Operation {
  switch (operation.type) {
    case "ask":
      return operation.message ? { ...operation, message: { ...operation.message, content: cleanedContent(operation.message.content) } } : operation;
    case "append-message":
      return { ...operation, message: { ...operation.message, content: cleanedContent(operation.message.content) } };
    case "edit-preset":
      return { ...operation, fields: cleanedFields(operation.fields) };
    case "edit-conversation":
      return { ...operation, fields: cleanedFields(operation.fields) };
    default:
      return operation;
  }
}

function cleanedContent(content: ContentBlock[]): ContentBlock[] {
  return content.map((block) => (block.type === "text" && typeof block.text === "string" ? { ...block, text: cleaned(block.text) } : block));
}

function cleanedFields<Fields extends EditableFields & { name?: string }>(fields: Fields): Fields {
  const { title, name, folder, tags, settings } = fields;
  return {
    ...fields,
    ...(title !== undefined && { title: cleaned(title) }),
    ...(name !== undefined && { name: cleaned(name) }),
    ...(typeof folder === "string" && { folder: cleaned(folder) }),
    ...(tags && { tags: tags.map(cleaned) }),
    ...(settings && { settings: { ...settings, ...(settings.system && { system: cleaned(settings.system) }) } }),
  };
}
