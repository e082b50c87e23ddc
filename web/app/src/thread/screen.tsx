// The right part of the page: one conversation, or the place where a new one begins.
import { ThreadPrimitive } from "@assistant-ui/react";
import { useEffect, useMemo, useState } from "react";
import type { Conversation, LocalConversationView } from "@threadkeep/client";
import { Composer } from "../composer/composer";
import { FindBar } from "../find/find-bar";
import { adopt, models, newView, viewOf } from "../state/app-state";
import { useConversation, useObservable, useView, useViewSnapshot, ViewContext } from "../state/hooks";
import { router } from "../state/route";
import { titleOf } from "../sidebar/titles";
import { MessageList } from "./message-list";
import { ThreadRuntime } from "./runtime";
import { Emptied, InTrash, LoadFailed, Missing, ThreadSkeleton } from "./states";
import { TopBar } from "./top-bar";
import { Welcome } from "./welcome";

export function ConversationScreen() {
  const { chat, visit } = useObservable(router);
  // A new visit of the start page is a new conversation; the view of one that was just begun is kept.
  const view = useMemo(() => (chat === "" ? null : chat === null ? newView() : viewOf(chat)), [chat, chat === null && visit]);
  if (!view) return <Missing />;
  return <OpenConversation key={view.id} view={view} />;
}

function OpenConversation({ view }: { view: LocalConversationView }) {
  const [isNew, setNew] = useState(() => router.snapshot().chat === null);
  const conversation = useConversation(view.id);
  const model = conversation?.model;
  useEffect(() => models.follow(model), [model]);
  const title = conversation ? titleOf(conversation) : "";
  useEffect(() => {
    document.title = title ? `${title} · Threadkeep` : "Threadkeep";
  }, [title]);
  const onSent = () => {
    if (!isNew) return;
    setNew(false);
    adopt(view);
  };
  return (
    <ViewContext value={view}>
      <ThreadRuntime view={view}>
        <ThreadPrimitive.ViewportProvider>
          <main className="flex h-full min-w-0 flex-col">
            <TopBar isNew={isNew} />
            <FindBar />
            <Content isNew={isNew} onSent={onSent} deleted={conversation?.deletedAt === undefined ? undefined : conversation} />
            <Announcer />
          </main>
        </ThreadPrimitive.ViewportProvider>
      </ThreadRuntime>
    </ViewContext>
  );
}

interface ContentProps {
  isNew: boolean;
  onSent: () => void;
  deleted: Conversation | undefined;
}

function Content({ isNew, onSent, deleted }: ContentProps) {
  const view = useView();
  const { phase, failure, rows, unsent } = useViewSnapshot();
  if (phase === "missing") return <Missing />;
  if (phase === "failed") return <LoadFailed reason={failure} onRetry={() => void view.open()} />;
  // Deleted for ever, only the id is left: there is nothing to restore.
  if (deleted) return deleted.isErased ? <Missing /> : <InTrash />;
  const isEmpty = rows.length === 0 && !unsent;
  return (
    <>
      {phase === "loading" ? <ThreadSkeleton /> : !isEmpty ? <MessageList /> : isNew ? <Welcome /> : <Emptied />}
      <Composer isNew={isNew} onSent={onSent} />
    </>
  );
}

/** Reads the finished answer to those who listen; never its pieces. */
function Announcer() {
  const { finished } = useViewSnapshot();
  const [first] = useState(finished?.id);
  const text = finished && finished.id !== first ? finished.text : "";
  return (
    <div aria-live="polite" className="sr-only">
      {text && `Answer: ${text.slice(0, 2000)}`}
    </div>
  );
}
