import type { Conversation } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { removeForever } from "../state/actions";
import { dialogs } from "../state/dialogs";
import { titleOf } from "./conversation-item";

/** The one thing that is asked first, because it cannot be undone. */
export default function DeleteForever({ conversation }: { conversation: Conversation }) {
  const close = () => dialogs.close();
  return (
    <Dialog isOpen onClose={close} title="Delete for ever?" description="This cannot be undone." className="max-w-md">
      <div className="px-6 pt-3 pb-6">
        <p className="line-clamp-3 wrap-anywhere" dir="auto">
          “{titleOf(conversation)}” and its {conversation.messageCount} messages are erased from the server.
        </p>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={close} autoFocus>
            Keep it
          </Button>
          <Button
            look="danger"
            icon="trash"
            onClick={() => {
              close();
              removeForever(conversation);
            }}
          >
            Delete for ever
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
