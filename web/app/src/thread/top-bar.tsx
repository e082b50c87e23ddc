import { useRef, useState } from "react";
import { IconButton } from "../components/ui/button";
import { Menu, MenuItem, MenuLine } from "../components/ui/menu";
import { copyText } from "../components/ui/copy-button";
import { summaryOf } from "../settings/summary";
import { ConversationActions } from "../sidebar/conversation-actions";
import { titleOf } from "../sidebar/titles";
import { shortcutLabel } from "../shortcuts/keys";
import { isComposing } from "../shortcuts/owner";
import { rename, startNew } from "../state/actions";
import { dialogs } from "../state/dialogs";
import { find } from "../state/find";
import { useConversation, useMedia, useObservable, useView } from "../state/hooks";
import { printOpen } from "../state/print";
import { newSettings } from "../state/new-settings";
import { besideQuery, roomyQuery, showSide, sideLayout } from "../state/side-layout";
import { toasts } from "../state/toasts";

export function TopBar({ isNew }: { isNew: boolean }) {
  const view = useView();
  const conversation = useConversation(view.id);
  const [isRenaming, setRenaming] = useState(false);
  const titleButton = useRef<HTMLButtonElement>(null);
  const title = conversation ? titleOf(conversation) : isNew ? "New conversation" : "";
  const isDeleted = conversation?.deletedAt !== undefined;
  const isEditable = conversation !== undefined && !isDeleted;

  function endRename(next: string | null) {
    setRenaming(false);
    requestAnimationFrame(() => titleButton.current?.focus());
    if (next !== null && conversation) rename(conversation, next);
  }

  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line ps-4 pe-2 max-md:ps-1">
      <ShowSideButton />
      <div className="min-w-0 grow">
        {isRenaming && conversation ? (
          <TitleField title={conversation.title} onEnd={endRename} />
        ) : isEditable ? (
          <h1>
            <button
              ref={titleButton}
              type="button"
              dir="auto"
              title={`${title}\nClick to rename`}
              onClick={() => setRenaming(true)}
              className="block h-9 max-w-full truncate rounded-lg px-2 font-medium hover:bg-surface max-md:h-11 max-md:px-1"
            >
              {title}
            </button>
          </h1>
        ) : (
          <p className="truncate px-2 font-medium text-soft max-md:px-1" dir="auto" title={title}>
            {title}
          </p>
        )}
      </div>
      <SettingsMark id={view.id} />
      <NewButton />
      {conversation && !isDeleted && (
        <IconButton icon="search" label={`Find in this conversation (${shortcutLabel("find")})`} className="max-md:hidden" onClick={() => find.open(view.id)} />
      )}
      {conversation && (
        <Menu trigger={<IconButton icon="dots" label="Actions for this conversation" tooltip={false} />}>
          <MenuItem
            icon="link"
            onSelect={() => void copyText(location.href).then((ok) => ok && toasts.show({ text: "The address was copied." }))}
          >
            Copy the address
          </MenuItem>
          <MenuLine />
          <MenuItem icon="search" hint={shortcutLabel("find")} onSelect={() => setTimeout(() => find.open(view.id))}>
            Find in this conversation
          </MenuItem>
          <MenuItem icon="outline" onSelect={() => dialogs.open({ name: "outline", chat: view.id, kind: "questions" })}>
            Questions
          </MenuItem>
          <MenuItem icon="bookmark" onSelect={() => dialogs.open({ name: "outline", chat: view.id, kind: "bookmarks" })}>
            Bookmarks
          </MenuItem>
          <MenuItem icon="trash" onSelect={() => dialogs.open({ name: "deleted-messages", chat: view.id })}>
            Deleted messages
          </MenuItem>
          {!isDeleted && (
            <MenuItem icon="sliders" onSelect={() => dialogs.open({ name: "settings", chat: view.id })}>
              Settings of this conversation
            </MenuItem>
          )}
          <MenuItem icon="print" hint={shortcutLabel("print")} onSelect={printOpen}>
            Print
          </MenuItem>
          <MenuLine />
          <ConversationActions conversation={conversation} onRename={() => setTimeout(() => setRenaming(true))} />
        </Menu>
      )}
    </header>
  );
}

/** Only where the conversation has settings of its own. */
function SettingsMark({ id }: { id: string }) {
  const conversation = useConversation(id);
  const asNew = useObservable(newSettings)[id];
  const summary = summaryOf(conversation ? conversation.settings : asNew);
  if (!summary || conversation?.deletedAt !== undefined) return null;
  return <IconButton icon="sliders" label={`Settings: ${summary}`} className="[&>svg]:text-accent" onClick={() => dialogs.open({ name: "settings", chat: id })} />;
}

/** Whether the side bar is beside the conversation: neither folded away nor a drawer. */
function useHasSide(): boolean {
  const isBeside = useMedia(besideQuery);
  const isRoomy = useMedia(roomyQuery);
  useObservable(sideLayout);
  return isBeside && !sideLayout.isFolded(isRoomy);
}

/** The side bar has one; where it is not beside the conversation, it is here. */
function NewButton() {
  if (useHasSide()) return null;
  return <IconButton icon="plus" label={`New conversation (${shortcutLabel("new")})`} onClick={startNew} />;
}

/** Where the side bar is not beside the conversation. */
function ShowSideButton() {
  if (useHasSide()) return null;
  return <IconButton icon="menu" label="Show the conversations" tooltip={false} onClick={showSide} />;
}

function TitleField({ title, onEnd }: { title: string; onEnd: (next: string | null) => void }) {
  const isDone = useRef(false);
  const end = (next: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onEnd(next);
  };
  return (
    <input
      autoFocus
      dir="auto"
      defaultValue={title}
      maxLength={500}
      aria-label="Title of the conversation"
      className="h-9 w-full rounded-lg border border-accent bg-ground px-2 font-medium outline-none max-md:h-11"
      onFocus={(event) => event.target.select()}
      onBlur={(event) => end(event.target.value)}
      onKeyDown={(event) => {
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Enter") end(event.currentTarget.value);
        if (event.key === "Escape") {
          event.stopPropagation();
          end(null);
        }
      }}
    />
  );
}
