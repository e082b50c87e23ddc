import { describe, expect, it } from "vitest";
import { settingsChange, withSettings } from "../../src/core/settings";
import { healing, nothingLost } from "../../src/core/heal";
import { planChange } from "../../src/local/list-changes";
import type { Conversation } from "../../src/types";

const row: Conversation = {
  id: "C", title: "Tea", titleSource: "user", model: null, createdAt: 1, updatedAt: 5, messageCount: 1, isArchived: false, isPinned: false,
  folder: null, tags: [], headId: null, metadata: {}, rev: 1, seq: 1, settings: { system: "Be brief.", temperature: 0 },
};

describe("settings", () => {
  it("are changed by what differs, and null takes away", () => {
    const change = settingsChange(row.settings, { temperature: 1, tools: [] });
    expect(change).toEqual({ system: null, temperature: 1, tools: [] });
    expect(withSettings(row.settings, change)).toEqual({ temperature: 1, tools: [] });
    expect(settingsChange(row.settings, row.settings!)).toEqual({});
    expect(withSettings(undefined, { effort: "low", system: null })).toEqual({ effort: "low" });
  });
  it("are given back by an undo, one by one", () => {
    const { operations, undo } = planChange([row], { settings: { temperature: null, effort: "low" } }, () => 7);
    expect(operations).toEqual([{ type: "edit-conversation", conversationId: "C", editedAt: 7, fields: { settings: { temperature: null, effort: "low" } } }]);
    expect(undo(() => 8)).toEqual([{ type: "edit-conversation", conversationId: "C", editedAt: 8, fields: { settings: { temperature: 0, effort: null } } }]);
    expect(planChange([row], { settings: { temperature: 0 } }, () => 7).operations).toEqual([]);
  });
  it("come back with a conversation that a restore of the server has lost", () => {
    const edits = healing({ ...nothingLost, conversations: [row] }).filter((operation) => operation.type === "edit-conversation");
    expect(edits).toMatchObject([{ editedAt: 5, fields: { settings: row.settings } }]);
  });
});
