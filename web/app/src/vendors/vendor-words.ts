// What is said of a vendor, and what a form about one becomes. Pure.
import type { AwayVendor, Vendor, VendorChoice, VendorEntry, VendorProtocol } from "@threadkeep/client";

export interface VendorState {
  text: string;
  look: "fine" | "plain" | "failed";
}

/** Where its key is, and what is in the way. */
export function keyState(vendor: Vendor): VendorState {
  if (vendor.isSetAside) return { text: "Set aside: the server’s environment has one with this name, which is asked instead.", look: "plain" };
  if (vendor.problem) return { text: vendor.problem, look: "failed" };
  if (vendor.source === "environment") return { text: vendor.key === "set" ? "Key from the server’s environment" : "From the server’s environment, without a key", look: "plain" };
  if (vendor.key === "none") return { text: "No key", look: "plain" };
  return { text: vendor.keyEnding ? `Key entered, ends in …${vendor.keyEnding}` : "Key entered", look: "plain" };
}

/** Whether it answers, as the list of models told. Null: nothing is known of it. */
export function answerState(vendor: Vendor, labels: readonly string[], away: readonly AwayVendor[]): VendorState | null {
  if (vendor.isSetAside || vendor.problem) return null;
  const silent = away.find(({ name }) => name === vendor.name);
  if (silent) return { text: silent.reason, look: "failed" };
  const models = labels.filter((id) => id.startsWith(`${vendor.name}/`)).length;
  if (models === 0) return null;
  return { text: models === 1 ? "Answers: 1 model" : `Answers: ${models} models`, look: "fine" };
}

/** The protocols that a person may choose, in the words of those who know them. */
export const protocols: readonly { value: "" | Exclude<VendorProtocol, "openai">; label: string }[] = [
  { value: "", label: "As is usual there" },
  { value: "chat", label: "OpenAI chat completions" },
  { value: "responses", label: "OpenAI Responses" },
  { value: "anthropic", label: "Anthropic messages" },
  { value: "gemini", label: "Google Gemini" },
];

export interface VendorForm {
  label: string;
  address: string;
  protocol: (typeof protocols)[number]["value"];
  deployments: string;
  apiVersion: string;
  isKeyTaken: boolean;
}

/** `choice`: null for any address. */
export function formOf(vendor: Vendor | null, choice: VendorChoice | null): VendorForm {
  return {
    label: vendor?.label ?? "",
    address: vendor?.address ?? "",
    // What is usual is not told apart from what was chosen as long as it is the same.
    protocol: choice || !vendor || vendor.protocol === "openai" ? "" : vendor.protocol,
    deployments: vendor?.deployments?.join(", ") ?? "",
    apiVersion: vendor?.apiVersion ?? "",
    isKeyTaken: false,
  };
}

/** Only what was filled in. The key comes from its field, which nobody keeps. */
export function entryOf(form: VendorForm, key: string): VendorEntry {
  const { label, address, protocol, apiVersion } = form;
  const deployments = form.deployments.split(",").map((name) => name.trim()).filter(Boolean);
  return {
    ...(label.trim() && { label: label.trim() }),
    ...(address.trim() && { address: address.trim() }),
    ...(protocol && { protocol }),
    ...(deployments.length > 0 && { deployments }),
    ...(apiVersion.trim() && { apiVersion: apiVersion.trim() }),
    ...(form.isKeyTaken ? { key: null } : key.trim() && { key: key.trim() }),
  };
}

/** Scheme, host and port: what a key is bound to. "" for what is no address yet. */
export function originOf(address: string): string {
  try {
    const { protocol, host, port } = new URL(address);
    return `${protocol}//${host}${port ? "" : protocol === "https:" ? ":443" : ":80"}`;
  } catch {
    return "";
  }
}

/** A key is sent by https, or on this machine. */
export function mayTakeKey(address: string): boolean {
  try {
    const { protocol, hostname } = new URL(address);
    return protocol === "https:" || hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  } catch {
    return true;
  }
}

/** What the ids of its models begin with: made of what the person calls it, and nobody else's. */
export function freeName(label: string, address: string, taken: readonly string[]): string {
  const host = originOf(address).replace(/^\w+:\/\//, "").replace(/:\d+$/, "");
  const plain = (text: string) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 30);
  const base = plain(label) || plain(host) || "vendor";
  const isTaken = (name: string) => name === "builtin" || taken.includes(name);
  if (!isTaken(base)) return base;
  for (let number = 2; ; number += 1) if (!isTaken(`${base}-${number}`)) return `${base}-${number}`;
}
