// What stands in the place of the messages when there are none to show.
import type { ReactNode } from "react";
import { Button } from "../components/ui/button";
import { Icon, type IconName } from "../components/ui/icon";
import { LeftDraftsPlace } from "../composer/left-drafts-place";
import { change, startNew } from "../state/actions";
import { dialogs } from "../state/dialogs";
import { useConversation, useView } from "../state/hooks";

/** The shape of a conversation, shown when loading takes long enough to be noticed. */
export function ThreadSkeleton() {
  return (
    <div className="min-h-0 grow overflow-hidden" role="status" aria-label="Loading the conversation">
      <div className="appear-late mx-auto max-w-[49rem] px-6 pt-20 max-md:px-4" aria-hidden="true">
        {[1, 2].map((turn) => (
          <div key={turn} className="pulse mb-10">
            <div className="ms-auto h-11 w-2/5 rounded-2xl bg-surface" />
            {[96, 88, 92, 54].map((width) => (
              <div key={width} className="mt-4 h-3.5 rounded bg-surface" style={{ width: `${width}%` }} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface NoticeProps {
  /** 2: below the title of the conversation. */
  level?: 1 | 2;
  icon: IconName;
  title: string;
  children: ReactNode;
  actions: ReactNode;
}

export function Notice({ level = 1, icon, title, children, actions }: NoticeProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div className="flex min-h-0 grow flex-col items-center justify-center px-6 text-center" role="alert">
      <Icon name={icon} size={32} className="text-faint" />
      <Heading className="mt-4 text-large font-semibold">{title}</Heading>
      <div className="mt-2 max-w-md text-soft">{children}</div>
      <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>
    </div>
  );
}

/** No such conversation, or not one of this user: these two look the same. */
export function Missing() {
  return (
    <div className="flex h-full grow flex-col">
      <Notice
        icon="search"
        title="This conversation is not here."
        actions={
          <Button look="primary" icon="plus" onClick={startNew}>
            New conversation
          </Button>
        }
      >
        It may have been deleted for ever, or the address is not complete. Your other conversations are in the list.
      </Notice>
      <div className="shrink-0 px-4 pb-6">
        <LeftDraftsPlace />
      </div>
    </div>
  );
}

export function LoadFailed({ reason, onRetry }: { reason: string; onRetry: () => void }) {
  return (
    <Notice
      level={2}
      icon="warning"
      title="The conversation could not be opened."
      actions={
        <Button look="primary" icon="again" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {reason} What is stored on it is safe. This page tries again by itself.
    </Notice>
  );
}

/** In place of the conversation: what is in the trash is restored before it is read or added to. */
export function InTrash() {
  const view = useView();
  const conversation = useConversation(view.id);
  if (!conversation) return null;
  return (
    <Notice
      icon="trash"
      title="This conversation is in the trash."
      actions={
        <>
          <Button look="primary" icon="restore" onClick={() => change([view.id], { restore: true })}>
            Restore
          </Button>
          <Button icon="trash" onClick={() => dialogs.open({ name: "delete-forever", ids: [view.id] })}>
            Delete for ever…
          </Button>
        </>
      }
    >
      Its messages are kept for 30 days after it was deleted. Restore it to read it and to go on with it.
    </Notice>
  );
}

/** No message is left, or there never was one. */
export function Emptied() {
  const view = useView();
  return (
    <Notice
      level={2}
      icon="chat"
      title="This conversation is empty."
      actions={
        <Button icon="trash" onClick={() => dialogs.open({ name: "deleted-messages", chat: view.id })}>
          Deleted messages
        </Button>
      }
    >
      What was deleted here can be brought back for 30 days.
    </Notice>
  );
}

/** The page itself has a fault. What was said is on the server; what was being written is on this device. */
export function PageFault() {
  return (
    <div className="flex h-full">
      <Notice
        icon="warning"
        title="This part of the page stopped working."
        actions={
          <Button look="primary" icon="again" onClick={() => location.reload()}>
            Load the page again
          </Button>
        }
      >
        That is a fault in Threadkeep. Your conversations are on the server, and your draft is kept on this device.
      </Notice>
    </div>
  );
}
