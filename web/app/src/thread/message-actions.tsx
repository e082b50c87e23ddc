// What can be done with one message: in the menu of its bar, and with the other button of the mouse anywhere on it.
import { useAui } from "@assistant-ui/react";
import { explain, stateOf, textOf, type LocalConversationView, type MessageRow } from "@threadkeep/client";
import { useState, type MouseEvent } from "react";
import { IconButton } from "../components/ui/button";
import { copyText } from "../components/ui/copy-button";
import { Menu, MenuAt, MenuItem, MenuLabel, MenuLine, placeOf, type MenuPlace } from "../components/ui/menu";
import { failed } from "../state/actions";
import { models } from "../state/app-state";
import { bookmarks } from "../state/bookmarks";
import { focusComposer } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { router } from "../state/route";
import { toasts, undoLabel } from "../state/toasts";
import { usageWords } from "./usage-words";

/** The button with the actions, for the bar below a message. */
export function MessageMenu({ row }: { row: MessageRow }) {
  const isMarked = row.message.id in useObservable(bookmarks);
  if (stateOf(row) !== "server") return null;
  return (
    <>
      <Menu align="start" className="w-72" trigger={<IconButton icon="dots" label="More actions" size="small" tooltip={false} />}>
        <MessageActions row={row} />
      </Menu>
      {isMarked && (
        <IconButton
          icon="bookmark"
          label="Take the bookmark away"
          size="small"
          className="fill-current text-accent"
          onClick={() => bookmarks.toggle(row.message.conversationId, row.message.id)}
        />
      )}
    </>
  );
}

/** The same where the message was pressed. The browser's own menu stays for links, pictures and what is selected, and with Shift everywhere. */
export function useMessageContextMenu() {
  const [open, setOpen] = useState<{ row: MessageRow; place: MenuPlace } | null>(null);
  const onContextMenu = (event: MouseEvent, row: MessageRow | undefined) => {
    const { target } = event;
    if (!row || event.shiftKey || event.defaultPrevented || !(target instanceof Element)) return;
    if (target.closest("a, img, input, textarea, iframe") || !(getSelection()?.isCollapsed ?? true)) return;
    event.preventDefault();
    setOpen({ row, place: placeOf(event, target) });
  };
  const menu = open && (
    <MenuAt place={open.place} label="Actions for this message" className="w-72" onClose={() => setOpen(null)}>
      <MessageActions row={open.row} />
    </MenuAt>
  );
  return { onContextMenu, menu };
}

function MessageActions({ row }: { row: MessageRow }) {
  const view = useView();
  const aui = useAui();
  const { isRunning, rows, hasNewer } = useViewSnapshot();
  const { id, role, status, parentId } = row.message;
  const isLast = !hasNewer && rows.at(-1)?.message.id === id;
  const isMarked = id in useObservable(bookmarks);
  const isStored = stateOf(row) === "server";
  const used = row.message.usage && usageWords(row.message.usage);
  return (
    <>
      <MenuItem icon="copy" onSelect={() => void copyText(textOf(row.message)).then((ok) => ok && toasts.show({ text: "Copied." }))}>
        Copy the message
      </MenuItem>
      {isStored && (
        <>
          <MenuItem icon="link" onSelect={() => void copyAddress(row)}>
            Copy the address of the message
          </MenuItem>
          <MenuItem icon="bookmark" onSelect={() => toggleBookmark(row)}>
            {isMarked ? "Take the bookmark away" : "Bookmark"}
          </MenuItem>
          <MenuLine />
          {role === "user" && (
            <MenuItem icon="edit" onSelect={() => setTimeout(() => aui.thread.message({ id }).composer().beginEdit())}>
              Edit and ask again
            </MenuItem>
          )}
          {role === "assistant" && parentId && (
            <MenuItem
              icon="again"
              disabled={isRunning}
              onSelect={() => {
                void view.again(id, models.forAsking());
                focusComposer();
              }}
            >
              Ask again
            </MenuItem>
          )}
          <MenuItem icon="fork" disabled={status === "reserved" || status === "streaming"} onSelect={() => void forkFrom(view, id)}>
            Fork: go on in a new conversation
          </MenuItem>
          <MenuLine />
          <MenuItem icon="trash" isDanger onSelect={() => void remove(view, row, "alone")}>
            Delete the message
          </MenuItem>
          {!isLast && (
            <MenuItem icon="trash" isDanger onSelect={() => void remove(view, row, "branch")}>
              Delete it and all that follows
            </MenuItem>
          )}
          {used && <MenuLabel>{used}</MenuLabel>}
        </>
      )}
    </>
  );
}

async function copyAddress({ message }: MessageRow): Promise<void> {
  const address = `${location.origin}${router.href(message.conversationId)}&message=${message.id}`;
  if (await copyText(address)) toasts.show({ text: "The address of the message was copied." });
}

function toggleBookmark({ message }: MessageRow): void {
  if (!bookmarks.toggle(message.conversationId, message.id)) toasts.show({ text: "There are as many bookmarks as can be kept. Take some away first." });
}

/** Done at once, with the way back. */
async function remove(view: LocalConversationView, row: MessageRow, extent: "alone" | "branch"): Promise<void> {
  try {
    const { count, isStopped, undo } = await view.remove(row.message.id, extent);
    const what = count === 1 ? "Message" : `${count} messages`;
    const text = isStopped ? `${what} deleted; the answer that was being written is stopped.` : `${what} deleted.`;
    toasts.show({ text, about: view.id, action: { label: undoLabel, run: () => void undo().catch(failed) } });
    focusComposer();
  } catch (error) {
    failed(error);
  }
}

/** A new conversation with everything up to this message; the old one stays as it is. */
export async function forkFrom(view: LocalConversationView, messageId: string): Promise<void> {
  const abort = new AbortController();
  const toast = toasts.show({ text: "Making a new conversation of it…", action: { label: "Stop", run: () => abort.abort() }, stays: true });
  try {
    const id = await view.fork(messageId, abort.signal);
    router.open(id);
    toasts.show({ text: "This is a new conversation with everything up to that message." });
  } catch (error) {
    if (!abort.signal.aborted) toasts.show({ text: `No new conversation was made. ${explain(error)}` });
  } finally {
    toasts.dismiss(toast);
  }
}
