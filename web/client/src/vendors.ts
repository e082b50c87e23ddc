// Vendors of models and their keys. A key goes to the server and is told by nobody: it is kept neither here nor in any storage of the browser.
import { problemOf, UnreachableError } from "./problem";

export type VendorProtocol = "openai" | "chat" | "responses" | "anthropic" | "gemini";

export interface Vendor {
  /** What the ids of its models begin with, before the slash. */
  name: string;
  label: string;
  protocol: VendorProtocol;
  address: string;
  source: "environment" | "entered";
  /** `lost`: it cannot be opened any more and has to be entered again. */
  key: "none" | "set" | "lost";
  keyEnding?: string;
  /** Why it cannot be asked: a sentence for the person. */
  problem?: string;
  deployments?: string[];
  apiVersion?: string;
  /** Of an entered one. */
  rev?: number;
  /** The environment has one with this name, which is asked in its place. */
  isSetAside?: boolean;
}

/** A vendor that is known by its name. */
export interface VendorChoice {
  name: string;
  label: string;
  /** Absent: a person has to tell it. */
  address?: string;
  needsKey: boolean;
  hasDeployments: boolean;
}

export interface VendorList {
  vendors: Vendor[];
  choices: VendorChoice[];
  /** Whether this server has a secret to seal keys with. */
  keepsKeys: boolean;
}

/** What is absent is what is usual for the vendor. */
export interface VendorEntry {
  label?: string;
  protocol?: Exclude<VendorProtocol, "openai">;
  address?: string;
  /** Absent: it stays, unless scheme, host or port change. Null: it is taken away. */
  key?: string | null;
  deployments?: string[];
  apiVersion?: string;
}

/** Each rejects as the calls of `createApi` do. */
export function vendorsApi(baseUrl = "") {
  async function call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${baseUrl}/api/vendors${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
      });
    } catch (error) {
      throw new UnreachableError(error);
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
  const at = (name: string) => `/${encodeURIComponent(name)}`;
  const seen = (rev: number | undefined): Record<string, string> => (rev === undefined ? {} : { "if-match": `"${rev}"` });

  return {
    list: async () => (await (await call("GET", "")).json()) as VendorList,
    /** Refused when there is one with this name. */
    add: async (name: string, entry: VendorEntry) => (await (await call("PUT", at(name), { "if-none-match": "*" }, entry)).json()) as Vendor,
    /** Refused when another device has changed it since. */
    change: async (vendor: Vendor, entry: VendorEntry) => (await (await call("PUT", at(vendor.name), seen(vendor.rev), entry)).json()) as Vendor,
    remove: async (vendor: Vendor) => void (await call("DELETE", at(vendor.name), seen(vendor.rev))),
  };
}
