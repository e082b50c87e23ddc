import type { Conversation } from "@threadkeep/client";
import { MenuItem, MenuLine } from "../components/ui/menu";
import { canBeNamed, change, nameByModel, remove } from "../state/actions";
import { dialogs } from "../state/dialogs";
import { exportToFile } from "./export";
import { selection } from "../state/side";

interface ActionsProps {
  conversation: Conversation;
  onRename: () => void;
  /** In the list: the first step of choosing several. */
  isSelectable?: boolean;
}

/** What can be done with a conversation, for the menu in the list and the one in the top bar. */
export function ConversationActions({ conversation, onRename, isSelectable }: ActionsProps) {
  const ids = [conversation.id];
  if (conversation.deletedAt) {
    return (
      <>
        {isSelectable && <SelectItem id={conversation.id} />}
        <MenuItem icon="restore" onSelect={() => change(ids, { restore: true })}>
          Restore
        </MenuItem>
        <MenuLine />
        <MenuItem icon="trash" isDanger onSelect={() => dialogs.open({ name: "delete-forever", ids })}>
          Delete for ever…
        </MenuItem>
      </>
    );
  }
  const { isPinned, isArchived, isUnread } = conversation;
  return (
    <>
      {isSelectable && <SelectItem id={conversation.id} />}
      <MenuItem icon="edit" onSelect={onRename}>
        Rename
      </MenuItem>
      {canBeNamed(conversation) && (
        <MenuItem icon="again" onSelect={() => nameByModel(conversation)}>
          Have it named
        </MenuItem>
      )}
      {!isArchived && (
        <MenuItem icon="pin" onSelect={() => change(ids, { isPinned: !isPinned })}>
          {isPinned ? "Unpin" : "Pin"}
        </MenuItem>
      )}
      <MenuItem icon={isUnread ? "read" : "unread"} onSelect={() => change(ids, { isUnread: !isUnread })}>
        {isUnread ? "Mark as read" : "Mark as unread"}
      </MenuItem>
      <MenuLine />
      <MenuItem icon="folder" onSelect={() => dialogs.open({ name: "move", ids })}>
        Move to a folder…
      </MenuItem>
      <MenuItem icon="tag" onSelect={() => dialogs.open({ name: "tags", ids })}>
        Tags…
      </MenuItem>
      <MenuItem icon={isArchived ? "unarchive" : "archive"} onSelect={() => change(ids, { isArchived: !isArchived })}>
        {isArchived ? "Move out of the archive" : "Archive"}
      </MenuItem>
      <MenuItem icon="export" onSelect={() => exportToFile(ids)}>
        Export
      </MenuItem>
      <MenuLine />
      <MenuItem icon="trash" isDanger onSelect={() => remove(ids)}>
        Delete
      </MenuItem>
    </>
  );
}

function SelectItem({ id }: { id: string }) {
  return (
    <MenuItem icon="select" onSelect={() => selection.toggle(id)}>
      Select
    </MenuItem>
  );
}
