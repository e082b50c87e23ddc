// Where things are. Imported before the server's module, which reads SERVER_BINARY when it is loaded.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

process.env.SERVER_BINARY = resolve(root, process.env.SERVER_BINARY ?? "build/release/threadkeep");

// Screenshots and console logs of what failed.
export const failures = resolve(root, "build/e2e");
