import { memo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent } from "react";
import type { Conversation } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";
import { Menu, MenuAt, MenuItem, placeOf, type MenuPlace } from "../components/ui/menu";
import { ConversationActions } from "./conversation-actions";
import { isComposing } from "../shortcuts/owner";
import { rename } from "../state/actions";
import { client } from "../state/app-state";
import { drawer } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { selection } from "../state/side";
import { beginDrag } from "./drag";
import { titleOf } from "./titles";

interface ItemProps {
  conversation: Conversation;
  isOpen: boolean;
  isSelected: boolean;
  /** Something is selected: a press selects instead of opening. */
  isSelecting: boolean;
  /** The one item that the tab key reaches; j and k go on from there. */
  isTabStop: boolean;
  onFocus: () => void;
  /** Selects from the last one selected to this one. */
  onExtend: (id: string) => void;
}

/** A finger that rests this long on a conversation selects it. */
const longPressMs = 450;
/** Where there are only fingers, a long press selects and nothing is dragged. */
const isCoarse = typeof matchMedia === "function" && matchMedia("(pointer: coarse)").matches;

/** One conversation in a list: a link, with a box to select it and its actions in a menu. */
export const ConversationItem = memo(function ConversationItem(props: ItemProps) {
  const { conversation, isOpen, isSelected, isSelecting, isTabStop, onFocus, onExtend } = props;
  const [isRenaming, setRenaming] = useState(false);
  const link = useRef<HTMLAnchorElement>(null);
  const press = useLongPress(() => selection.toggle(conversation.id));
  const title = titleOf(conversation);
  const tabIndex = isTabStop ? 0 : -1;
  const isRunning = useObservable(client.running).has(conversation.id);
  const [menuAt, setMenuAt] = useState<MenuPlace | null>(null);

  const hasSign = conversation.isUnread || conversation.isPinned || isRunning;

  function endRename(next: string | null) {
    setRenaming(false);
    requestAnimationFrame(() => link.current?.focus());
    if (next !== null) rename(conversation, next);
  }
  function open(event: MouseEvent) {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (press.wasLong()) return;
    if (event.shiftKey) return onExtend(conversation.id);
    if (isSelecting && event.detail > 0) return selection.toggle(conversation.id);
    // After a click the message field takes the focus; with the keyboard it stays in the list, for j and k.
    if (event.detail > 0) link.current?.blur();
    drawer.set(false);
    router.open(conversation.id);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "F2" && !conversation.deletedAt) setRenaming(true);
  }

  function onContextMenu(event: MouseEvent) {
    if (event.shiftKey || event.defaultPrevented || isSelecting) return;
    event.preventDefault();
    setMenuAt(placeOf(event, event.target as Element));
  }

  if (isRenaming) return <RenameField title={conversation.title} onEnd={endRename} />;
  return (
    <div
      onContextMenu={onContextMenu}
      className={classes(
        "group relative flex h-full items-center rounded-lg",
        isSelected ? "bg-accent-ground" : isOpen ? "bg-surface-strong" : "hover:bg-surface focus-within:bg-surface",
      )}
    >
      <a
        ref={link}
        href={router.href(conversation.id)}
        data-conversation={conversation.id}
        aria-current={isOpen ? "page" : undefined}
        aria-description={descriptionOf(conversation, isRunning)}
        tabIndex={tabIndex}
        title={title}
        dir="auto"
        draggable={!isCoarse}
        onDragStart={(event) => beginDrag(event.dataTransfer, conversation.id)}
        onClick={open}
        onFocus={onFocus}
        onKeyDown={onKeyDown}
        {...press.handlers}
        className={classes(
          "block h-full min-w-0 grow truncate rounded-lg px-2.5 text-list leading-[2.125rem] select-none focus-visible:outline-offset-[-2px] max-md:leading-[2.75rem] pointer-coarse:leading-[2.75rem] [-webkit-touch-callout:none]",
          hasSign && !isSelecting && "pr-7",
          isSelecting
            ? "pr-9! max-md:pr-11!"
            : "group-focus-within:pr-16! group-hover:pr-16! group-has-data-[state=open]:pr-16! pointer-coarse:pr-11! max-md:pr-11!",
          conversation.isUnread ? "font-semibold" : isOpen && "font-medium",
        )}
      >
        {title}
      </a>
      {hasSign && !isSelecting && <Signs conversation={conversation} isRunning={isRunning} />}
      <SelectBox title={title} id={conversation.id} isSelected={isSelected} isSelecting={isSelecting} tabIndex={tabIndex} onExtend={onExtend} />
      {!isSelecting && (
        <Menu
          align="start"
          className="w-60"
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
          <ConversationActions conversation={conversation} onRename={() => setTimeout(() => setRenaming(true))} isSelectable />
        </Menu>
      )}
      {menuAt && (
        <MenuAt place={menuAt} label={`Actions for “${title}”`} className="w-60" onClose={() => setMenuAt(null)}>
          <MenuItem icon="link" onSelect={() => window.open(router.href(conversation.id), "_blank", "noopener")}>
            Open in a new tab
          </MenuItem>
          <ConversationActions conversation={conversation} onRename={() => setTimeout(() => setRenaming(true))} isSelectable />
        </MenuAt>
      )}
    </div>
  );
});

/** Quiet signs at the end of the line, where its buttons come when it is pointed at: an answer is being written, unread, pinned. */
function Signs({ conversation, isRunning }: { conversation: Conversation; isRunning: boolean }) {
  return (
    <span
      aria-hidden="true"
      className="pointer-events-none absolute right-3 flex items-center gap-1.5 group-hover:opacity-0 group-focus-within:opacity-0 group-has-data-[state=open]:opacity-0 pointer-coarse:right-11 pointer-coarse:opacity-100! max-md:right-11 max-md:opacity-100!"
    >
      {isRunning ? (
        <span className="pulse size-1.5 rounded-full bg-done" />
      ) : conversation.isUnread ? (
        <span className="size-1.5 rounded-full bg-accent" />
      ) : (
        <Icon name="pin" size={14} className="text-faint" />
      )}
    </span>
  );
}

function descriptionOf({ isUnread, isPinned }: Conversation, isRunning: boolean): string | undefined {
  const signs = [isRunning && "An answer is being written", isUnread && "Unread", isPinned && "Pinned"].filter(Boolean);
  return signs.length > 0 ? signs.join(", ") : undefined;
}

interface SelectBoxProps {
  title: string;
  id: string;
  isSelected: boolean;
  isSelecting: boolean;
  tabIndex: number;
  onExtend: (id: string) => void;
}

/** Beside the menu while it is pointed at, in its place while something is selected. */
function SelectBox({ title, id, isSelected, isSelecting, tabIndex, onExtend }: SelectBoxProps) {
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={isSelected}
      aria-label={`Select “${title}”`}
      tabIndex={isSelecting ? tabIndex : -1}
      onClick={(event) => (event.shiftKey ? onExtend(id) : selection.toggle(id))}
      className={classes(
        "target absolute inline-flex size-7 items-center justify-center rounded-lg",
        isSelecting
          ? "right-1 max-md:right-0 pointer-coarse:right-0"
          : "right-8 opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 focus-visible:opacity-100 max-md:hidden pointer-coarse:hidden",
      )}
    >
      <span
        className={classes(
          "flex size-[18px] items-center justify-center rounded-[5px] border-[1.5px]",
          isSelected ? "border-accent bg-accent text-on-accent" : "border-line-strong text-transparent",
        )}
      >
        <Icon name="check" size={14} />
      </span>
    </button>
  );
}

/** For fingers; a mouse has its own ways. The press that follows a long one is not a click. */
function useLongPress(onLongPress: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isLong = useRef(false);
  const end = () => clearTimeout(timer.current);
  return {
    wasLong: () => isLong.current,
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        isLong.current = false;
        if (event.pointerType !== "touch") return;
        timer.current = setTimeout(() => {
          isLong.current = true;
          onLongPress();
        }, longPressMs);
      },
      onPointerUp: end,
      onPointerCancel: end,
      onPointerLeave: end,
      onContextMenu: (event: MouseEvent) => {
        if (isLong.current) event.preventDefault();
      },
    },
  };
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
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Enter") end(event.currentTarget.value);
        if (event.key === "Escape") end(null);
      }}
    />
  );
}
