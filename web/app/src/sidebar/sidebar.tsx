import { useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { Button, IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { Menu, MenuItem } from "../components/ui/menu";
import { change, failed, startNew } from "../state/actions";
import { client, list } from "../state/app-state";
import { dialogs, drawer } from "../state/dialogs";
import { focusComposer, focusList, useLostFocus } from "../state/focus";
import { useObservable } from "../state/hooks";
import { sideLayout } from "../state/side-layout";
import { keyOf, selection, side, wordsOf, type SideView } from "../state/side";
import { shortcutLabel } from "../shortcuts/keys";
import { StatusLine } from "../status/status-line";
import { AccountMenu } from "./account-menu";
import { BulkBar } from "./bulk-bar";
import { ConversationListView } from "./list-view";

/** The left part of the page: new, search, and the conversations. */
export function Sidebar() {
  const view = useObservable(side);
  const isSelecting = useObservable(selection).size > 0;
  const whole = useRef<HTMLDivElement>(null);
  useLostFocus(whole, focusList);
  const key = keyOf(view);
  const keyBefore = useRef(key);
  useLayoutEffect(() => {
    if (key === keyBefore.current) return;
    keyBefore.current = key;
    whole.current?.querySelector<HTMLElement>("[data-back]")?.focus();
  }, [key]);
  return (
    <div ref={whole} data-side className="flex h-full min-h-0 flex-col">
      {isSelecting ? <BulkBar /> : view.kind === "main" ? <MainHead /> : <OtherHead view={view} />}
      <ConversationListView key={key} view={view} />
      <div className="border-t border-line p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
        <StatusLine />
        <AccountMenu />
      </div>
    </div>
  );
}

function MainHead() {
  return (
    <div className="shrink-0 px-2 pt-1.5 pb-1">
      <div className="flex h-9 items-center ps-2.5 max-md:h-11">
        <span className="grow text-base font-semibold tracking-tight">Threadkeep</span>
        <IconButton icon="side" label={`Fold the side bar away (${shortcutLabel("side")})`} className="max-md:hidden" onClick={foldAway} />
        <IconButton
          icon="plus"
          label={`New conversation (${shortcutLabel("new")})`}
          onClick={() => {
            drawer.set(false);
            startNew();
          }}
        />
      </div>
      <button
        type="button"
        className="target mt-1.5 flex h-9 w-full items-center gap-2 rounded-lg border border-line bg-ground px-2.5 text-small text-faint hover:border-line-strong"
        onClick={() => dialogs.open({ name: "palette" })}
      >
        <Icon name="search" size={16} />
        <span className="grow text-start">Search</span>
        <kbd className="font-sans max-md:hidden">{shortcutLabel("palette")}</kbd>
      </button>
    </div>
  );
}

/** The button is gone then: the keyboard goes on at the message field. */
function foldAway(): void {
  flushSync(() => sideLayout.fold(true));
  focusComposer();
}

function OtherHead({ view }: { view: SideView }) {
  const { title, note, icon } = wordsOf(view);
  return (
    <div className="shrink-0 px-2 pt-1.5 pb-2">
      <div className="flex h-9 items-center gap-1 max-md:h-11">
        <IconButton icon="left" label="Back to the conversations" tooltip={false} onClick={() => side.show({ kind: "main" })} data-back="" />
        {(view.kind === "folder" || view.kind === "tag") && <Icon name={icon} size={18} className="shrink-0 text-faint" />}
        <h2 className="min-w-0 grow truncate text-base font-semibold" dir="auto" title={title}>
          {title}
        </h2>
        {(view.kind === "folder" || view.kind === "tag") && <GroupMenu kind={view.kind} name={view.name} />}
        {view.kind === "trash" && <EmptyTrash />}
      </div>
      {note && <p className="ps-2.5 pt-1 text-small text-faint">{note}</p>}
    </div>
  );
}

/** What can be done with a folder or tag itself; what is in it stays. */
function GroupMenu({ kind, name }: { kind: "folder" | "tag"; name: string }) {
  const takeAway = () => {
    const ids = list.idsOf(kind === "folder" ? { folder: name } : { tag: name });
    const gone = kind === "folder" ? client.presets().then((presets) => presets.remove(`folder:${name}`)) : null;
    gone?.catch(failed);
    change(ids, kind === "folder" ? { folder: null } : { removeTags: [name] }, () => void gone?.then((back) => back()).catch(failed));
    side.show({ kind: "main" });
  };
  return (
    <Menu trigger={<IconButton icon="dots" label={`Actions for the ${kind}`} tooltip={false} />}>
      <MenuItem icon="edit" onSelect={() => dialogs.open({ name: "rename-group", kind, from: name })}>
        Rename
      </MenuItem>
      {kind === "folder" && (
        <MenuItem icon="sliders" onSelect={() => dialogs.open({ name: "settings", chat: `folder:${name}` })}>
          Instructions and settings
        </MenuItem>
      )}
      <MenuItem icon="close" onSelect={takeAway}>
        {kind === "folder" ? "Dissolve the folder" : "Take the tag away"}
      </MenuItem>
    </Menu>
  );
}

function EmptyTrash() {
  const { trash } = useObservable(list);
  if (trash.items.length === 0) return null;
  return (
    <Button look="quiet" className="px-2" onClick={() => dialogs.open({ name: "delete-forever", ids: trash.items.map(({ id }) => id) })}>
      Empty…
    </Button>
  );
}
