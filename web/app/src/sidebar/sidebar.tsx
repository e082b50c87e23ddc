import { useState } from "react";
import { Button, IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { startNew } from "../state/actions";
import { dialogs, drawer } from "../state/dialogs";
import { shortcutLabel } from "../shortcuts/keys";
import { AccountMenu } from "./account-menu";
import { ConversationListView } from "./list-view";

export type SideView = "main" | "archived" | "trash";

/** The left part of the page: new, search, and the conversations. */
export function Sidebar() {
  const [view, setView] = useState<SideView>("main");
  return (
    <div className="flex h-full min-h-0 flex-col">
      {view === "main" ? <MainHead /> : <OtherHead view={view} onBack={() => setView("main")} />}
      <ConversationListView key={view} view={view} />
      <div className="border-t border-line p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
        <AccountMenu onView={setView} />
      </div>
    </div>
  );
}

function MainHead() {
  return (
    <div className="shrink-0 px-2 pt-1.5 pb-1">
      <div className="flex h-9 items-center ps-2.5 max-md:h-11">
        <span className="grow text-base font-semibold tracking-tight">Threadkeep</span>
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

function OtherHead({ view, onBack }: { view: SideView; onBack: () => void }) {
  return (
    <div className="shrink-0 px-2 pt-1.5 pb-2">
      <div className="flex h-9 items-center gap-1 max-md:h-11">
        <IconButton icon="left" label="Back to the conversations" onClick={onBack} autoFocus />
        <h2 className="grow text-base font-semibold">{view === "trash" ? "Trash" : "Archive"}</h2>
      </div>
      <p className="ps-2.5 pt-1 text-small text-faint">
        {view === "trash"
          ? "Deleted conversations stay here for 30 days."
          : "Kept, found by search, out of the way."}
      </p>
    </div>
  );
}

/** For a list that could not be read. */
export function ListFailure({ reason, onRetry }: { reason: string; onRetry: () => void }) {
  return (
    <div className="m-2 rounded-xl bg-failed-ground p-3 text-small">
      <p className="font-medium text-failed">The list could not be read.</p>
      <p className="mt-1 text-soft">{reason}</p>
      <Button className="mt-2" icon="again" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
