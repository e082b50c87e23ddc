import { memo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import type { Conversation } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Menu } from "../components/ui/menu";
import { ConversationActions } from "./conversation-actions";
import { remove, rename } from "../state/actions";
import { drawer } from "../state/dialogs";
import { router } from "../state/route";

interface ItemProps {
  conversation: Conversation;
  isOpen: boolean;
  /** The one item that the tab key reaches; j and k go on from there. */
  isTabStop: boolean;
  onFocus: () => void;
}

/** One conversation in a list: a link, with its actions in a menu. */
export const ConversationItem = memo(function ConversationItem({ conversation, isOpen, isTabStop, onFocus }: ItemProps) {
  const [isRenaming, setRenaming] = useState(false);
  const link = useRef<HTMLAnchorElement>(null);
  const title = titleOf(conversation);
  const tabIndex = isTabStop ? 0 : -1;

  function endRename(next: string | null) {
    setRenaming(false);
    requestAnimationFrame(() => link.current?.focus());
    if (next !== null) rename(conversation, next);
  }
  function open(event: MouseEvent) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // After a click the message field takes the focus; with the keyboard it stays in the list, for j and k.
    if (event.detail > 0) link.current?.blur();
    drawer.set(false);
    router.open(conversation.id);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "F2") setRenaming(true);
    else if (event.key === "Delete" && !conversation.deletedAt) remove(conversation);
  }

  if (isRenaming) return <RenameField title={conversation.title} onEnd={endRename} />;
  return (
    <div
      className={classes(
        "group relative flex h-full items-center rounded-lg",
        isOpen ? "bg-surface-strong" : "hover:bg-surface focus-within:bg-surface",
      )}
    >
      <a
        ref={link}
        href={router.href(conversation.id)}
        data-conversation={conversation.id}
        aria-current={isOpen ? "page" : undefined}
        tabIndex={tabIndex}
        title={title}
        dir="auto"
        onClick={open}
        onFocus={onFocus}
        onKeyDown={onKeyDown}
        className={classes(
          "block h-full min-w-0 grow truncate rounded-lg px-2.5 text-small leading-[34px] max-md:leading-[44px] pointer-coarse:leading-[44px]",
          "group-focus-within:pr-9 group-hover:pr-9 group-has-data-[state=open]:pr-9 pointer-coarse:pr-11 max-md:pr-11",
          isOpen && "font-medium",
        )}
      >
        {title}
      </a>
      <Menu
        align="start"
        trigger={
          <IconButton
            icon="dots"
            label={`Actions for “${title}”`}
            tooltip={false}
            size="small"
            tabIndex={tabIndex}
            className={classes(
              "absolute right-1 hover:bg-surface-strong focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100 max-md:right-0 pointer-coarse:right-0 max-md:opacity-100",
              "opacity-0 group-hover:opacity-100 group-focus-within:opacity-100",
            )}
          />
        }
      >
        <ConversationActions conversation={conversation} onRename={() => setTimeout(() => setRenaming(true))} />
      </Menu>
    </div>
  );
});

export function titleOf(conversation: Conversation | undefined): string {
  return conversation?.title || "New conversation";
}

function RenameField({ title, onEnd }: { title: string; onEnd: (next: string | null) => void }) {
  const isDone = useRef(false);
  const end = (next: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onEnd(next);
  };
  return (
    <input
      autoFocus
      defaultValue={title}
      dir="auto"
      maxLength={500}
      aria-label="Title of the conversation"
      className="h-full w-full rounded-lg border border-accent bg-ground px-2 text-small max-md:text-base"
      onFocus={(event) => event.target.select()}
      onBlur={(event) => end(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") end(event.currentTarget.value);
        if (event.key === "Escape") end(null);
      }}
    />
  );
}
