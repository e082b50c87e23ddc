import { Dialog } from "../components/ui/dialog";
import { titleOf } from "../sidebar/titles";
import { change } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { ChooseName } from "./choose-name";

const outside = "";

/** Which folder: one that is there, a new one, or none. */
export default function MoveDialog({ ids }: { ids: readonly string[] }) {
  const { folders } = useObservable(list.counts);
  const isInside = ids.some((id) => list.get(id)?.folder != null);
  const title = ids.length === 1 ? "Move to a folder" : `Move ${ids.length} conversations`;
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title={title} description={ids.length === 1 ? titleOf(list.get(ids[0]!)) : undefined} className="max-w-md">
      <ChooseName
        label="Folder"
        placeholder="Find a folder, or name a new one"
        names={folders}
        icon="folder"
        others={isInside ? [{ key: outside, label: "In no folder", icon: "close" }] : []}
        onChoose={(name) => {
          dialogs.close();
          change(ids, { folder: name === outside ? null : name });
        }}
      />
    </Dialog>
  );
}
