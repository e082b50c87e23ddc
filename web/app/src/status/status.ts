// What is said about the connection, in words. Pure.
import type { ConnectionSnapshot } from "@threadkeep/client";
import type { UpdateState } from "../offline/updates";

export interface Status {
  kind: "version" | "failed" | "offline" | "sending" | "behind" | "not-kept";
  look: "quiet" | "waiting" | "failed" | "accent";
  text: string;
  /** Worth a word only when it takes a while. */
  isLate?: boolean;
  action: "reload" | "outbox";
}

export const keepsNothing = "This browser keeps nothing: what is not sent is lost with the tab.";

/** The most pressing first. */
export function statusOf(connection: ConnectionSnapshot, update: UpdateState): Status[] {
  const { state, isBehind, waiting, failed, isKept, restored, reload } = connection;
  const found: Status[] = [];
  if (update !== "current" || reload === "new-version") found.push({ kind: "version", look: "accent", text: "A new version is ready.", action: "reload" });
  if (!isKept) found.push({ kind: "not-kept", look: "failed", text: keepsNothing, action: "outbox" });
  if (failed > 0) found.push({ kind: "failed", look: "failed", text: `${failed} could not be sent, kept here`, action: "outbox" });
  if (state === "offline") {
    found.push({ kind: "offline", look: "waiting", text: waiting > 0 ? `Offline: ${waiting} ${waiting === 1 ? "waits" : "wait"}` : "Offline: showing what is on this device", action: "outbox" });
  } else if (restored > 0) {
    found.push({ kind: "sending", look: "waiting", text: `The server was restored: giving back ${restored}`, action: "outbox" });
  } else if (waiting > 0) {
    found.push({ kind: "sending", look: "quiet", text: `Sending ${waiting}…`, isLate: true, action: "outbox" });
  } else if (isBehind) {
    found.push({ kind: "behind", look: "quiet", text: "Fetching your conversations…", isLate: true, action: "outbox" });
  }
  return found;
}
