// Hands the window of the open conversation to assistant-ui, and its actions back to the view.
import { AuiConfig, AuiProvider, ExternalThread, type AppendMessage, type ExternalThreadMessage } from "@assistant-ui/react";
import { useMemo, useRef, type ReactNode } from "react";
import { textOf, type LocalConversationView, type MessageRow } from "@threadkeep/client";
import { client, models } from "../state/app-state";
import { useObservable } from "../state/hooks";

interface RuntimeProps {
  view: LocalConversationView;
  /** Called after the first message of a new conversation was handed over. */
  onSent: () => void;
  children: ReactNode;
}

/** Must be remounted (keyed by the view's id) for another conversation: the composer's text belongs to one of them. */
export function ThreadRuntime({ view, onSent, children }: RuntimeProps) {
  const { rows, isRunning, phase } = useObservable(view);
  const isOld = useObservable(client.connection).reload === "old-tab";
  const isAway = useObservable(models).away.length > 0;
  const messages = useMemo(() => rows.map(threadMessageOf), [rows]);
  const sent = useRef(onSent);
  sent.current = onSent;
  const handlers = useMemo(
    () => ({
      onNew: (message: AppendMessage) => {
        view.send(textIn(message), models.forAsking());
        sent.current();
      },
      onEdit: (message: AppendMessage) => {
        if (message.sourceId) view.edit(message.sourceId, textIn(message), models.forAsking());
      },
      onCancel: () => void view.stop(),
    }),
    [view],
  );
  const config = AuiConfig({
    thread: ExternalThread({ messages, isRunning, isLoading: phase === "loading", isSendDisabled: isRunning || isOld || isAway, ...handlers }),
  });
  return <AuiProvider config={config}>{children}</AuiProvider>;
}

function textIn(message: AppendMessage): string {
  return message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
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
