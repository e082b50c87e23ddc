// In place of the side bar's head while something is selected: how much, and what can be done with all of it.
import { useEffect, type KeyboardEvent } from "react";
import { Button, IconButton } from "../components/ui/button";
import { Menu, MenuItem } from "../components/ui/menu";
import { isComposing } from "../shortcuts/owner";
import { change, remove, withSelection } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { exportToFile } from "./export";
import { useObservable } from "../state/hooks";
import { selection, side } from "../state/side";
import { actOnKey } from "./list-keys";
import { useListed } from "./use-listed";

export function BulkBar() {
  const view = useObservable(side);
  const selected = useObservable(selection);
  const { pinned, items } = useListed(view);
  const all = [...pinned, ...items];
  const isAll = all.every(({ id }) => selected.has(id));
  useForgetGone(all.length);
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const { key, ctrlKey, metaKey, altKey, target, currentTarget, defaultPrevented } = event;
    if (ctrlKey || metaKey || altKey || defaultPrevented || isComposing(event.nativeEvent) || !currentTarget.contains(target as Node)) return;
    // Its own buttons name these keys: they act on what is selected, from here as from the list.
    if (selection.snapshot().size > 0 && actOnKey(key, "", view, all.map(({ id }) => id), "selected")) event.preventDefault();
  }
  return (
    <section aria-label="Selected conversations" onKeyDown={onKeyDown} className="shrink-0 px-2 pt-1.5 pb-1">
      <div className="flex h-9 items-center gap-1 max-md:h-11">
        <IconButton icon="close" label="Select nothing (Esc)" onClick={() => selection.clear()} />
        <span role="status" className="grow truncate text-small font-semibold tabular-nums">
          {selected.size} selected
        </span>
        <Button look="quiet" disabled={isAll} className="px-2 tabular-nums" onClick={() => selection.set(all.map(({ id }) => id))}>
          Select all {all.length}
        </Button>
      </div>
      <div className="mt-1.5 flex h-9 items-center justify-between rounded-lg bg-surface px-1 max-md:h-11">
        {view.kind === "trash" ? <TrashActions /> : <Actions />}
      </div>
    </section>
  );
}

function Actions() {
  const view = useObservable(side);
  const selected = useObservable(selection);
  const chosen = [...selected].map((id) => list.get(id)).filter((one) => one !== undefined);
  const isUnread = chosen.some((one) => one.isUnread);
  const isPinned = chosen.every((one) => one.isPinned);
  const isArchived = view.kind === "archived";
  return (
    <>
      <IconButton icon="folder" label="Move to a folder (V)" onClick={() => withSelection((ids) => dialogs.open({ name: "move", ids }))} />
      <IconButton icon="tag" label="Tags (T)" onClick={() => withSelection((ids) => dialogs.open({ name: "tags", ids }))} />
      <IconButton
        icon={isArchived ? "unarchive" : "archive"}
        label={isArchived ? "Move out of the archive (E)" : "Archive (E)"}
        onClick={() => withSelection((ids) => change(ids, { isArchived: !isArchived }))}
      />
      <IconButton icon="trash" label="Delete (#)" onClick={() => withSelection(remove)} />
      <Menu trigger={<IconButton icon="dots" label="More for the selected conversations" tooltip={false} />}>
        <MenuItem icon="pin" onSelect={() => withSelection((ids) => change(ids, { isPinned: !isPinned }))}>
          {isPinned ? "Unpin" : "Pin"}
        </MenuItem>
        <MenuItem icon={isUnread ? "read" : "unread"} onSelect={() => withSelection((ids) => change(ids, { isUnread: !isUnread }))}>
          {isUnread ? "Mark as read" : "Mark as unread"}
        </MenuItem>
        <MenuItem icon="export" onSelect={() => withSelection(exportToFile)}>
          Export to a file
        </MenuItem>
      </Menu>
    </>
  );
}

function TrashActions() {
  return (
    <>
      <Button look="quiet" icon="restore" className="px-2" onClick={() => withSelection((ids) => change(ids, { restore: true }))}>
        Restore
      </Button>
      <Button
        look="quiet"
        icon="trash"
        className="px-2 text-failed"
        onClick={() => dialogs.open({ name: "delete-forever", ids: [...selection.snapshot()] })}
      >
        Delete for ever…
      </Button>
    </>
  );
}

/** What another tab or device has taken away is not selected any more. */
function useForgetGone(count: number): void {
  useEffect(() => {
    const here = [...selection.snapshot()].filter((id) => list.get(id) !== undefined);
    if (here.length < selection.snapshot().size) selection.set(here);
  }, [count]);
}
