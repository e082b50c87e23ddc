import type { Conversation } from "@threadkeep/client";
import { MenuItem, MenuLine } from "../components/ui/menu";
import { remove, restore, setArchived, setPinned } from "../state/actions";
import { dialogs } from "../state/dialogs";

interface ActionsProps {
  conversation: Conversation;
  onRename: () => void;
}

/** What can be done with a conversation, for the menu in the list and the one in the top bar. */
export function ConversationActions({ conversation, onRename }: ActionsProps) {
  if (conversation.deletedAt) {
    return (
      <>
        <MenuItem icon="restore" onSelect={() => restore(conversation)}>
          Restore
        </MenuItem>
        <MenuLine />
        <MenuItem icon="trash" isDanger onSelect={() => dialogs.open({ name: "delete-forever", conversation })}>
          Delete for ever…
        </MenuItem>
      </>
    );
  }
  const { isPinned, isArchived } = conversation;
  return (
    <>
      <MenuItem icon="edit" onSelect={onRename}>
        Rename
      </MenuItem>
      {!isArchived && (
        <MenuItem icon="pin" onSelect={() => setPinned(conversation, !isPinned)}>
          {isPinned ? "Unpin" : "Pin"}
        </MenuItem>
      )}
      <MenuItem icon={isArchived ? "unarchive" : "archive"} onSelect={() => setArchived(conversation, !isArchived)}>
        {isArchived ? "Move out of the archive" : "Archive"}
      </MenuItem>
      <MenuLine />
      <MenuItem icon="trash" isDanger onSelect={() => remove(conversation)}>
        Delete
      </MenuItem>
    </>
  );
}
