// Hands the window of the open conversation to assistant-ui, and its actions back to the view.
import { AuiConfig, AuiProvider, ExternalThread, type ExternalThreadMessage } from "@assistant-ui/react";
import { useMemo, type ReactNode } from "react";
import { textOf, type LocalConversationView, type MessageRow } from "@threadkeep/client";
import { useObservable } from "../state/hooks";

interface RuntimeProps {
  view: LocalConversationView;
  children: ReactNode;
}

/** Must be remounted (keyed by the view's id) for another conversation. */
export function ThreadRuntime({ view, children }: RuntimeProps) {
  const { rows, isRunning, phase } = useObservable(view);
  const messages = useMemo(() => rows.map(threadMessageOf), [rows]);
  const handlers = useMemo(
    () => ({
      // What is written travels by the page's own fields; the runtime knows which message is being edited.
      onNew: () => undefined,
      onEdit: () => undefined,
      onCancel: () => void view.stop(),
    }),
    [view],
  );
  const config = AuiConfig({
    thread: ExternalThread({ messages, isRunning, isLoading: phase === "loading", ...handlers }),
  });
  return <AuiProvider config={config}>{children}</AuiProvider>;
}

const converted = new WeakMap<MessageRow, ExternalThreadMessage>();

/**
 * The runtime gets the plain text (for copying and editing) and the status; what is drawn comes from the row itself,
 * which travels along, so that no block is lost in a conversion.
 */
function threadMessageOf(row: MessageRow): ExternalThreadMessage {
  let message = converted.get(row);
  if (!message) {
    message = convert(row);
    converted.set(row, message);
  }
  return message;
}

function convert(row: MessageRow): ExternalThreadMessage {
  const { id, role, createdAt } = row.message;
  const common = {
    id,
    createdAt: new Date(createdAt),
    content: [{ type: "text" as const, text: textOf(row.message) }],
  };
  if (role === "user") return { ...common, role, attachments: [], metadata: { custom: { row } } };
  if (role === "system") return { ...common, role, content: [common.content[0]!], metadata: { custom: { row } } };
  return {
    ...common,
    role: "assistant",
    status: statusOf(row),
    metadata: { unstable_state: null, unstable_annotations: [], unstable_data: [], steps: [], custom: { row } },
  };
}

function statusOf(row: MessageRow): Extract<ExternalThreadMessage, { role: "assistant" }>["status"] {
  switch (row.message.status) {
    case "reserved":
    case "streaming":
      return { type: "running" };
    case "complete":
      return { type: "complete", reason: "stop" };
    case "cancelled":
      return { type: "incomplete", reason: "cancelled" };
    case "interrupted":
      return { type: "incomplete", reason: "other" };
    case "error":
      return { type: "incomplete", reason: "error", error: row.message.error?.detail ?? "" };
  }
}
