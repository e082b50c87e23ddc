import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { removeForever } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { titleOf } from "./titles";

/** The one thing that is asked first, because it cannot be undone. */
export default function DeleteForever({ ids }: { ids: readonly string[] }) {
  const close = () => dialogs.close();
  const messages = ids.reduce((sum, id) => sum + (list.get(id)?.messageCount ?? 0), 0);
  const what = ids.length === 1 ? `“${titleOf(list.get(ids[0]!))}” and its ${messages} messages are` : `${ids.length} conversations and their ${messages} messages are`;
  return (
    <Dialog isOpen onClose={close} title="Delete for ever?" description="This cannot be undone." className="max-w-md">
      <div className="px-6 pt-3 pb-6">
        <p className="line-clamp-3 wrap-anywhere" dir="auto">
          {what} erased from the server and from your devices.
        </p>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={close} autoFocus>
            Keep {ids.length === 1 ? "it" : "them"}
          </Button>
          <Button
            look="danger"
            icon="trash"
            onClick={() => {
              close();
              removeForever(ids);
            }}
          >
            Delete for ever
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
