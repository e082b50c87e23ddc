import { useEffect, type ComponentType } from "react";
import { flushSync } from "react-dom";
import { markdownPart } from "./blocks/markdown-part";
import { toolViewPart } from "./blocks/tool-place";
import { ErrorBoundary } from "./components/ui/error-boundary";
import { menuPart } from "./components/ui/menu";
import { Toasts } from "./components/ui/toasts";
import { TooltipLayer } from "./components/ui/tooltip";
import { PaletteOrField, palettePart } from "./palette/palette-field";
import { shortcutOf } from "./shortcuts/keys";
import { ownerOf, type KeyOwner } from "./shortcuts/owner";
import { exportPart } from "./sidebar/export";
import { SideEdge } from "./sidebar/side-edge";
import { Sidebar } from "./sidebar/sidebar";
import { filesPart } from "./files/files-part";
import { startNew } from "./state/actions";
import { afterPaint } from "./state/after-paint";
import { client, models, recover, viewOf } from "./state/app-state";
import { dialogs, drawer } from "./state/dialogs";
import { find } from "./state/find";
import { focusComposer, focusList } from "./state/focus";
import { useMedia, useObservable } from "./state/hooks";
import { loadAhead, Part } from "./state/part";
import { printOpen } from "./state/print";
import { router } from "./state/route";
import { besideQuery, roomyQuery, showSide, sideLayout, toggleSide } from "./state/side-layout";
import { toasts } from "./state/toasts";
import { usePart } from "./state/use-part";
import { ConversationScreen } from "./thread/screen";
import { OldTab } from "./status/old-tab";
import { PageFault } from "./thread/states";

const drawerPart = new Part(() => import("./components/ui/dialog"));
/** Dialogs, by what opens them. */
const parts = {
  shortcuts: new Part(() => import("./shortcuts/shortcuts-dialog")),
  import: new Part(() => import("./import/import-dialog")),
  deleteForever: new Part(() => import("./sidebar/delete-forever")),
  move: new Part(() => import("./organise/move-dialog")),
  tags: new Part(() => import("./organise/tags-dialog")),
  renameGroup: new Part(() => import("./organise/rename-group")),
  outbox: new Part(() => import("./status/outbox-dialog")),
  clearDevice: new Part(() => import("./status/clear-device")),
  outline: new Part(() => import("./outline/outline-dialog")),
  deletedMessages: new Part(() => import("./outline/deleted-messages")),
  connect: new Part(() => import("./vendors/vendors-dialog")),
  duet: new Part(() => import("./duet/duet-dialog")),
  settings: new Part(() => import("./settings/settings-dialog")),
};

/** What a key or press may ask for at once is loaded as soon as the page is drawn; the rest long after what a person waits for. */
const soon = [palettePart, menuPart, drawerPart, markdownPart];
const aheadMs = 3_000;

export function App() {
  const isBeside = useMedia(besideQuery);
  const isRoomy = useMedia(roomyQuery);
  useObservable(sideLayout);
  const hasSide = isBeside && !sideLayout.isFolded(isRoomy);
  const { visit } = useObservable(router);
  useShortcuts();
  useFreshness();
  useEffect(() => {
    const callOff = afterPaint(() => void loadAhead(soon));
    const timer = setTimeout(() => void loadAhead([...Object.values(parts), filesPart, toolViewPart, exportPart]), aheadMs);
    return () => {
      callOff();
      clearTimeout(timer);
    };
  }, []);
  return (
    <>
      <div className="flex h-dvh">
        {!isBeside ? (
          <SidebarDrawer />
        ) : (
          hasSide && (
            <aside className="relative w-(--side-width,18rem) max-w-[45vw] shrink-0 border-e border-line bg-side">
              <Sidebar />
              <SideEdge />
            </aside>
          )
        )}
        <div className="flex min-w-0 grow flex-col *:last:min-h-0 *:last:grow">
          <OldTab />
          <ErrorBoundary about={visit} fallback={<PageFault />}>
            <ConversationScreen />
          </ErrorBoundary>
        </div>
      </div>
      <Dialogs />
      <Toasts hasSide={hasSide} />
      <TooltipLayer />
    </>
  );
}

function SidebarDrawer() {
  const isOpen = useObservable(drawer);
  return isOpen ? <OpenDrawer /> : null;
}

function OpenDrawer() {
  const close = () => drawer.set(false);
  const module = usePart(drawerPart, close);
  if (!module) return null;
  return (
    <module.Drawer isOpen onClose={close} title="Conversations">
      <Sidebar />
    </module.Drawer>
  );
}

function Dialogs() {
  const open = useObservable(dialogs);
  switch (open?.name) {
    case undefined:
      return null;
    case "palette":
      return <PaletteOrField />;
    case "shortcuts":
      return <Opened part={parts.shortcuts} given={{}} />;
    case "import":
      return <Opened part={parts.import} given={{ files: open.files, onAttach: open.onAttach }} />;
    case "delete-forever":
      return <Opened part={parts.deleteForever} given={{ ids: open.ids }} />;
    case "move":
      return <Opened part={parts.move} given={{ ids: open.ids }} />;
    case "tags":
      return <Opened part={parts.tags} given={{ ids: open.ids }} />;
    case "rename-group":
      return <Opened part={parts.renameGroup} given={{ kind: open.kind, from: open.from }} />;
    case "outbox":
      return <Opened part={parts.outbox} given={{}} />;
    case "clear-device":
      return <Opened part={parts.clearDevice} given={{}} />;
    case "outline":
      return <Opened part={parts.outline} given={{ chat: open.chat, kind: open.kind }} />;
    case "deleted-messages":
      return <Opened part={parts.deletedMessages} given={{ chat: open.chat }} />;
    case "connect":
      return <Opened part={parts.connect} given={{}} />;
    case "duet":
      return <Opened part={parts.duet} given={{}} />;
    case "settings":
      return <Opened part={parts.settings} given={{ chat: open.chat }} />;
  }
}

/** Where it cannot be had, the rest of the page goes on. */
function Opened<Props extends object>({ part, given }: { part: Part<{ default: ComponentType<Props> }>; given: Props }) {
  const module = usePart(part, () => dialogs.close());
  return module ? <module.default {...given} /> : null;
}

function useShortcuts(): void {
  useEffect(() => {
    let owner: KeyOwner = "page";
    // Before anybody acts on it: what a key closes is not there any more when the key arrives here.
    const decide = (event: KeyboardEvent) => {
      owner = ownerOf(event, dialogs.snapshot() !== null);
      if (owner === "dialog" && !isDialogDrawn()) keepForDialog(event);
    };
    const act = (event: KeyboardEvent) => {
      const isPalette = dialogs.snapshot()?.name === "palette";
      const name = shortcutOf(event, owner === "dialog" && isPalette && (event.ctrlKey || event.metaKey) ? "page" : owner);
      if (!name || event.defaultPrevented) return;
      if (name === "stop") return stopOpen();
      if ((name === "find" || name === "print") && !actOnOpen(name)) return;
      event.preventDefault();
      if (name === "find" || name === "print") return;
      if (name === "palette" || name === "search") openPalette(isPalette);
      else if (name === "new") startAnew();
      else if (name === "help") dialogs.open({ name: "shortcuts" });
      else if (name === "undo") toasts.undo();
      else if (name === "side") toggleSide();
      else switchPane();
    };
    window.addEventListener("keydown", decide, true);
    window.addEventListener("keydown", act);
    return () => {
      window.removeEventListener("keydown", decide, true);
      window.removeEventListener("keydown", act);
    };
  }, []);
}

function isDialogDrawn(): boolean {
  return document.querySelector("[role=dialog]:not([data-drawer])") !== null;
}

/** The dialog's part of the page is still being loaded: its keys do nothing in what stands below it. */
function keepForDialog(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") dialogs.close();
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** At once: what is typed next belongs into its field. */
function openPalette(isOpen: boolean): void {
  flushSync(() => dialogs.open(isOpen ? null : { name: "palette" }));
}

/** False: there is no conversation, or the bar is open already: then it is the browser's own key. */
function actOnOpen(name: "find" | "print"): boolean {
  const { chat } = router.snapshot();
  if (!chat) return false;
  if (name === "print") printOpen();
  else if (find.snapshot().chat === chat && document.activeElement?.closest("search")) return false;
  else flushSync(() => find.open(chat));
  return true;
}

function startAnew(): void {
  dialogs.close();
  startNew();
  focusComposer();
}

function switchPane(): void {
  if (!document.activeElement?.matches("[data-composer]")) return focusComposer();
  if (!document.querySelector("[data-side]")) flushSync(showSide);
  focusList();
}

function stopOpen(): void {
  const { chat } = router.snapshot();
  if (!chat || drawer.snapshot()) return;
  const view = viewOf(chat);
  if (view.isRunning) void view.stop();
}

/** How often what could not be read is tried again, in milliseconds. */
const recoverMs = 4_000;

/** The list keeps itself fresh; what the page reads from the server by itself is tried again here. */
function useFreshness(): void {
  useEffect(() => {
    const callOff = afterPaint(() => void models.load());
    const look = () => {
      if (document.visibilityState === "visible") void models.load();
    };
    const recovering = setInterval(recover, recoverMs);
    window.addEventListener("online", look);
    const stop = client.connection.subscribe(recover);
    return () => {
      callOff();
      clearInterval(recovering);
      window.removeEventListener("online", look);
      stop();
    };
  }, []);
}
