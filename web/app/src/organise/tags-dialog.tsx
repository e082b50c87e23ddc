import { useState } from "react";
import type { ListChange } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { titleOf } from "../sidebar/titles";
import { change } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { ChooseName } from "./choose-name";

/** Tags of one or many conversations, switched on and off; done all together, and taken back all together. */
export default function TagsDialog({ ids }: { ids: readonly string[] }) {
  const { tags: known } = useObservable(list.counts);
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const made = [...changed.keys()].filter((name) => !known.some((tag) => tag.name === name));
  const names = [...made.map((name) => ({ name, count: 0, unread: 0 })), ...known];

  const checked = (name: string): boolean | "some" => {
    const now = changed.get(name);
    if (now !== undefined) return now;
    const having = ids.filter((id) => list.get(id)?.tags.includes(name)).length;
    return having === 0 ? false : having === ids.length ? true : "some";
  };
  function done() {
    dialogs.close();
    const added = [...changed].filter(([, isOn]) => isOn).map(([name]) => name);
    const removed = [...changed].filter(([, isOn]) => !isOn).map(([name]) => name);
    const changes: ListChange[] = [];
    if (added.length > 0) changes.push({ addTags: added });
    if (removed.length > 0) changes.push({ removeTags: removed });
    change(ids, changes);
  }

  const title = ids.length === 1 ? "Tags" : `Tags of ${ids.length} conversations`;
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title={title} description={ids.length === 1 ? titleOf(list.get(ids[0]!)) : undefined} className="max-w-md">
      <div
        className="contents"
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) done();
        }}
      >
        <ChooseName
          label="Tag"
          placeholder="Find a tag, or name a new one"
          names={names}
          icon="tag"
          checked={checked}
          onDone={changed.size > 0 ? done : undefined}
          onChoose={(name) => setChanged(new Map(changed).set(name, checked(name) !== true))}
        />
        <div className="flex items-center justify-end gap-2 border-t border-line px-6 py-3">
          <span className="grow text-small text-faint max-md:hidden">{changed.size > 0 ? "Enter: done" : "Enter: tick what is marked"}</span>
          <Button look="quiet" onClick={() => dialogs.close()}>
            Cancel
          </Button>
          <Button look="primary" disabled={changed.size === 0} onClick={done}>
            Done
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
