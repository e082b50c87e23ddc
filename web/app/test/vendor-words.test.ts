import { describe, expect, it } from "vitest";
import type { Vendor, VendorChoice } from "@threadkeep/client";
import { answerState, entryOf, formOf, freeName, keyState, mayTakeKey, originOf } from "../src/vendors/vendor-words";

const vendor: Vendor = { name: "groq", label: "Groq", protocol: "chat", address: "https://api.groq.com/openai/v1", source: "entered", key: "set", keyEnding: "6789", rev: 1 };
const choice: VendorChoice = { name: "groq", label: "Groq", address: "https://api.groq.com/openai/v1", needsKey: true, hasDeployments: false };

describe("what is said of a vendor", () => {
  it("names where its key is, and never more of it than its ending", () => {
    expect(keyState(vendor).text).toBe("Key entered, ends in …6789");
    expect(keyState({ ...vendor, keyEnding: undefined }).text).toBe("Key entered");
    expect(keyState({ ...vendor, key: "none", keyEnding: undefined }).text).toBe("No key");
    expect(keyState({ ...vendor, source: "environment", keyEnding: undefined }).text).toBe("Key from the server’s environment");
    expect(keyState({ ...vendor, source: "environment", key: "none" }).text).toContain("without a key");
    expect(keyState({ ...vendor, key: "lost", problem: "Enter it again." })).toEqual({ text: "Enter it again.", look: "failed" });
    expect(keyState({ ...vendor, isSetAside: true }).text).toContain("Set aside");
  });

  it("says whether it answers", () => {
    expect(answerState(vendor, ["groq/a", "groq/b", "groqx/c"], [])?.text).toBe("Answers: 2 models");
    expect(answerState(vendor, ["groq/a"], [])?.text).toBe("Answers: 1 model");
    expect(answerState(vendor, [], [{ name: "groq", vendor: "Groq", reason: "Groq refused the key." }])).toEqual({ text: "Groq refused the key.", look: "failed" });
    expect(answerState(vendor, [], [])).toBeNull();
    expect(answerState({ ...vendor, problem: "Enter it again." }, [], [{ name: "groq", vendor: "Groq", reason: "Enter it again." }])).toBeNull();
  });
});

describe("what a form becomes", () => {
  const form = formOf(null, choice);
  it("is only what was filled in", () => {
    expect(entryOf(form, "")).toEqual({});
    expect(entryOf(form, " a-key\n")).toEqual({ key: "a-key" });
    expect(entryOf({ ...form, address: " https://a.example ", deployments: " a, ,b ", apiVersion: "1" }, "")).toEqual({ address: "https://a.example", deployments: ["a", "b"], apiVersion: "1" });
    expect(entryOf({ ...form, isKeyTaken: true }, "what stands in the field")).toEqual({ key: null });
  });
  it("keeps what is there", () => {
    const own: Vendor = { ...vendor, name: "mine", label: "Mine", protocol: "gemini", address: "https://a.example/v1beta" };
    expect(entryOf(formOf(own, null), "")).toEqual({ label: "Mine", address: "https://a.example/v1beta", protocol: "gemini" });
    expect(entryOf(formOf({ ...own, protocol: "openai" }, null), "").protocol).toBeUndefined();
  });
});

describe("addresses", () => {
  it("have an origin with its port", () => {
    expect(originOf("https://A.example/v1")).toBe(originOf("https://a.example:443/x"));
    expect(originOf("http://a.example")).toBe("http://a.example:80");
    expect(originOf("https://a.example:8443")).not.toBe(originOf("https://a.example"));
    expect(originOf("nowhere")).toBe("");
  });
  it("get a key by https or on this machine", () => {
    for (const address of ["https://a.example", "http://127.0.0.1:1", "http://localhost:11434", "http://[::1]:1"]) expect(mayTakeKey(address), address).toBe(true);
    for (const address of ["http://a.example", "http://127.evil.example", "http://192.168.1.5:1", "http://localhost.evil.example"]) expect(mayTakeKey(address), address).toBe(false);
  });
});

describe("names", () => {
  it("are made of what the person calls it, and free", () => {
    expect(freeName("The one at home", "", [])).toBe("the-one-at-home");
    expect(freeName("Zürich", "", [])).toBe("zurich");
    expect(freeName("Groq", "", ["groq", "groq-2"])).toBe("groq-3");
    expect(freeName("", "https://models.example:8443/v1", [])).toBe("models-example");
    expect(freeName("дом", "", [])).toBe("vendor");
    expect(freeName("builtin", "", [])).toBe("builtin-2");
    expect(freeName("x".repeat(99), "", []).length).toBeLessThanOrEqual(30);
  });
});
