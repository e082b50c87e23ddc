import { describe, expect, it } from "vitest";
import { emptyForm, faultsOf, formOf, settingsOf, systemBytesMax } from "../src/settings/settings-form";
import { summaryOf } from "../src/settings/summary";

describe("the form of settings", () => {
  it("gives back what it was made of", () => {
    const all = { system: "Be brief.", temperature: 0, maxTokens: 100, effort: "low" as const, tools: [], allowedTools: ["s__a"] };
    expect(settingsOf(formOf(all))).toEqual(all);
    expect(settingsOf(formOf({}))).toEqual({});
    expect(formOf({})).toEqual(emptyForm);
  });
  it("takes white space for nothing", () => expect(settingsOf({ ...emptyForm, system: " \n ", maxTokens: " " })).toEqual({}));
  it("refuses what the server refuses", () => {
    for (const maxTokens of ["0", "-1", "1.5", "x", "10000001", "1e3"]) expect(faultsOf({ ...emptyForm, maxTokens }).maxTokens, maxTokens).toBeDefined();
    for (const maxTokens of ["", "1", " 500 ", "10000000"]) expect(faultsOf({ ...emptyForm, maxTokens }), maxTokens).toEqual({});
    expect(faultsOf({ ...emptyForm, system: "é".repeat(systemBytesMax / 2) })).toEqual({});
    expect(faultsOf({ ...emptyForm, system: "é".repeat(systemBytesMax / 2 + 1) }).system).toBe("Too long by 1 KiB.");
  });
  it("is told in a few words", () => {
    expect(summaryOf({})).toBe("");
    expect(summaryOf(undefined)).toBe("");
    expect(summaryOf({ system: "x", temperature: 0.5, maxTokens: 1000, effort: "high", tools: [] })).toBe(
      "instructions, temperature 0.5, at most 1,000 tokens, high effort, no tools",
    );
  });
});
