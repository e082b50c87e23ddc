// Calls of tools with which an answer ended because they need the person's word: what is to be done, the decision, and what became of it.
import { useAuiState } from "@assistant-ui/react";
import { explain, isUnfinished, type Decision, type Message, type MessageRow, type ToolResultBlock, type ToolUseBlock } from "@threadkeep/client";
import { useState, type ReactNode } from "react";
import { Fold } from "../blocks/fold";
import { pretty, ToolOutcome, ToolPart } from "../blocks/tool-view";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { LongText } from "../markdown/long-text";
import { api, client } from "../state/app-state";
import { focusComposer } from "../state/focus";
import { useObservable } from "../state/hooks";
import { allowedTools } from "../state/reading";
import { toasts } from "../state/toasts";
import { decisionsOf, namesOf, waitingCalls } from "./calls";

export function WaitingCalls({ row }: { row: MessageRow }) {
  const next = useAuiState((state) => state.thread.messages[state.message.index + 1]?.metadata.custom.row as MessageRow | undefined);
  const calls = waitingCalls(row.message);
  if (!next) return <Undecided message={row.message} calls={calls} />;
  const decisions = decisionsOf(next.message);
  return calls.map((call, index) => <Decided key={call.id} call={call} decision={decisions?.[index]} next={next.message} />);
}

const said: Record<Decision, string> = { allow: "allowed once", "allow-conversation": "allowed in this conversation", deny: "not allowed" };

function Undecided({ message, calls }: { message: Message; calls: readonly ToolUseBlock[] }) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Decision>>(new Map());
  const [isSending, setSending] = useState(false);
  const isOffline = useObservable(client.connection).state === "offline";
  const left = calls.filter(({ id }) => !chosen.has(id)).length;

  async function choose(id: string, decision: Decision) {
    const all = new Map([...chosen, [id, decision]]);
    setChosen(all);
    if (calls.some((call) => !all.has(call.id))) return;
    setSending(true);
    try {
      const decisions = [...all].map(([toolUseId, one]) => ({ toolUseId, decision: one }));
      const tools = allowedTools(message.conversationId);
      await api.decideCalls(message.id, { decisions, ...(tools.length > 0 && { tools }) });
      focusComposer();
    } catch (error) {
      toasts.show({ text: explain(error) });
      setChosen(chosen);
      setSending(false);
    }
  }

  return calls.map((call) => (
    <Card key={call.id} call={call} isDisabled={isSending || isOffline} onDecision={(decision) => void choose(call.id, decision)}>
      {isOffline
        ? "You are offline. This waits until the server can be reached."
        : isSending
          ? "Going on…"
          : chosen.has(call.id) && `${capital(said[chosen.get(call.id)!])}. ${left === 1 ? "One more call waits" : `${left} more calls wait`} for your word.`}
    </Card>
  ));
}

interface CardProps {
  call: ToolUseBlock;
  isDisabled: boolean;
  onDecision: (decision: Decision) => void;
  children: ReactNode;
}

/** Longer inputs are folded. */
const inputLinesMax = 12;
const inputCharsMax = 800;

function Card({ call, isDisabled, onDecision, children }: CardProps) {
  const { tool, server } = namesOf(call.name);
  const input = pretty(call.input);
  const isLong = input.length > inputCharsMax || input.split("\n").length > inputLinesMax;
  const label = server ? `${tool} of ${server}` : tool;
  return (
    <div role="group" aria-label={`${label} waits for your word`} className="w-full min-w-0 rounded-xl border border-line-strong bg-surface px-4 py-3 text-small">
      <p className="flex items-start gap-2 font-medium">
        <Icon name="tool" size={18} className="shrink-0 translate-y-px text-faint" />
        <span dir="auto" className="min-w-0 wrap-anywhere">
          The model wants to use <bdi>{tool}</bdi>
          {server && (
            <>
              {" "}
              of <bdi>{server}</bdi>
            </>
          )}
        </span>
      </p>
      {isLong ? (
        <details className="mt-2">
          <summary className="target flex cursor-pointer items-center font-medium text-soft">Show what it is given ({input.length.toLocaleString("en")} characters)</summary>
          <Input text={input} />
        </details>
      ) : (
        <Input text={input} />
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button look="primary" disabled={isDisabled} onClick={() => onDecision("allow")}>
          Allow once
        </Button>
        <Button disabled={isDisabled} onClick={() => onDecision("allow-conversation")}>
          Allow in this conversation
        </Button>
        <Button look="quiet" disabled={isDisabled} onClick={() => onDecision("deny")}>
          Deny
        </Button>
      </div>
      <p className="mt-2 text-faint empty:hidden" role="status">
        {children}
      </p>
    </div>
  );
}

function Input({ text }: { text: string }) {
  return (
    <pre dir="auto" className="mt-2 max-h-72 overflow-auto rounded-lg border border-line bg-ground px-3 py-2 font-mono text-small whitespace-pre-wrap wrap-anywhere">
      <LongText text={text} />
    </pre>
  );
}

/** `decision` is absent where the conversation went on without one. */
function Decided({ call, decision, next }: { call: ToolUseBlock; decision: Decision | undefined; next: Message }) {
  const { tool, server } = namesOf(call.name);
  const result = decision && (next.content.find((block) => block.type === "tool_result" && block.toolUseId === call.id) as ToolResultBlock | undefined);
  const isRunning = decision !== undefined && !result && isUnfinished(next.status);
  const isFailed = result?.isError === true;
  const outcome = decision ? (isRunning && decision !== "deny" ? "running…" : said[decision]) : "not run: you went on without saying";
  return (
    <Fold
      icon="tool"
      summary={
        <span dir="auto">
          <b className="font-medium text-ink">
            <bdi>{tool}</bdi>
          </b>
          {server && (
            <>
              {" "}
              of <bdi>{server}</bdi>
            </>
          )}
          , {outcome}
          {isFailed && decision !== "deny" && ", failed"}
        </span>
      }
      mark={result && (isFailed ? <Icon name="warning" size={16} className="shrink-0 text-failed" /> : <Icon name="check" size={16} className="shrink-0 text-done" />)}
    >
      <ToolPart title="Asked" text={pretty(call.input)} />
      {result && <ToolOutcome result={result} />}
      {!result && decision !== undefined && decision !== "deny" && !isRunning && (
        <p className="border-t border-line px-3 py-2 text-waiting">It was started, and nobody knows whether it was carried out. It is not run again by itself.</p>
      )}
    </Fold>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
