import { useState } from "react";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { change, failed } from "../state/actions";
import { client, list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { side } from "../state/side";
import { nameLengthMax } from "./choose-name";

/** Another name for a folder or tag: it is given to every conversation that has the old one. */
export default function RenameGroup({ kind, from }: { kind: "folder" | "tag"; from: string }) {
  const [name, setName] = useState(from);
  const ids = list.idsOf(kind === "folder" ? { folder: from } : { tag: from });
  const wanted = name.trim();
  function done() {
    dialogs.close();
    if (!wanted || wanted === from) return;
    const moved = kind === "folder" ? client.presets().then((presets) => presets.moveFolder(from, wanted)) : null;
    moved?.catch(failed);
    const changes = kind === "folder" ? { folder: wanted } : [{ addTags: [wanted] }, { removeTags: [from] }];
    change(ids, changes, () => {
      void moved?.then((back) => back()).catch(failed);
      side.show({ kind, name: from });
    });
    side.show({ kind, name: wanted });
  }
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title={`Rename the ${kind}`} className="max-w-md">
      <form
        className="px-6 pt-3 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          done();
        }}
      >
        <input
          autoFocus
          value={name}
          dir="auto"
          maxLength={nameLengthMax}
          aria-label={`Name of the ${kind}`}
          className="h-11 w-full rounded-lg border border-line-strong bg-ground px-3 outline-none focus:border-accent"
          onFocus={(event) => event.target.select()}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => isComposing(event.nativeEvent) && leaveToInputMethod(event)}
        />
        <div className="mt-4 flex justify-end gap-2">
          <Button look="quiet" onClick={() => dialogs.close()}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={!wanted}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
