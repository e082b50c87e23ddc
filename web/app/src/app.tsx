import { lazy, Suspense, useEffect, type ComponentType } from "react";
import { flushSync } from "react-dom";
import { Drawer } from "./components/ui/dialog";
import { ErrorBoundary } from "./components/ui/error-boundary";
import { Toasts } from "./components/ui/toasts";
import { TooltipLayer } from "./components/ui/tooltip";
import Palette from "./palette/palette";
import { shortcutOf } from "./shortcuts/keys";
import { ownerOf, type KeyOwner } from "./shortcuts/owner";
import { SideEdge } from "./sidebar/side-edge";
import { Sidebar } from "./sidebar/sidebar";
import { startNew } from "./state/actions";
import { afterPaint } from "./state/after-paint";
import { client, models, recover, viewOf } from "./state/app-state";
import { dialogs, drawer } from "./state/dialogs";
import { find } from "./state/find";
import { focusComposer, focusList } from "./state/focus";
import { useMedia, useObservable } from "./state/hooks";
import { printOpen } from "./state/print";
import { router } from "./state/route";
import { besideQuery, roomyQuery, showSide, sideLayout, toggleSide } from "./state/side-layout";
import { toasts } from "./state/toasts";
import { ConversationScreen } from "./thread/screen";
import { OldTab } from "./status/old-tab";
import { PageFault } from "./thread/states";

/** Parts of the page that are loaded when they are first used; or ahead, when there is nothing else to do. */
const parts = {
  shortcuts: part(() => import("./shortcuts/shortcuts-dialog")),
  import: part(() => import("./import/import-dialog")),
  deleteForever: part(() => import("./sidebar/delete-forever")),
  move: part(() => import("./organise/move-dialog")),
  tags: part(() => import("./organise/tags-dialog")),
  renameGroup: part(() => import("./organise/rename-group")),
  outbox: part(() => import("./status/outbox-dialog")),
  clearDevice: part(() => import("./status/clear-device")),
  outline: part(() => import("./outline/outline-dialog")),
  connect: part(() => import("./status/connect-dialog")),
};

/** When the parts are loaded ahead: long after what a person waits for. */
const aheadMs = 3_000;

function part<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  return { load, View: lazy(() => load().catch(() => ({ default: Unavailable as ComponentType<Props> }))) };
}

/** In the place of a part that could not be loaded: the rest of the page goes on. */
function Unavailable() {
  useEffect(() => {
    dialogs.close();
    toasts.show({ text: "This part of the page is not on this device, and the server cannot be reached." });
  }, []);
  return null;
}

export function App() {
  const isBeside = useMedia(besideQuery);
  const isRoomy = useMedia(roomyQuery);
  useObservable(sideLayout);
  const { visit } = useObservable(router);
  useShortcuts();
  useFreshness();
  useEffect(() => {
    const timer = setTimeout(() => Object.values(parts).forEach(({ load }) => void load().catch(() => undefined)), aheadMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <div className="flex h-dvh">
        {!isBeside ? (
          <SidebarDrawer />
        ) : (
          !sideLayout.isFolded(isRoomy) && (
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
      <Toasts />
      <TooltipLayer />
    </>
  );
}

function SidebarDrawer() {
  const isOpen = useObservable(drawer);
  return (
    <Drawer isOpen={isOpen} onClose={() => drawer.set(false)} title="Conversations">
      <Sidebar />
    </Drawer>
  );
}

function Dialogs() {
  const open = useObservable(dialogs);
  return (
    <Suspense>
      {open?.name === "palette" && <Palette />}
      {open?.name === "shortcuts" && <parts.shortcuts.View />}
      {open?.name === "import" && <parts.import.View files={open.files} />}
      {open?.name === "delete-forever" && <parts.deleteForever.View ids={open.ids} />}
      {open?.name === "move" && <parts.move.View ids={open.ids} />}
      {open?.name === "tags" && <parts.tags.View ids={open.ids} />}
      {open?.name === "rename-group" && <parts.renameGroup.View kind={open.kind} from={open.from} />}
      {open?.name === "outbox" && <parts.outbox.View />}
      {open?.name === "clear-device" && <parts.clearDevice.View />}
      {open?.name === "outline" && <parts.outline.View chat={open.chat} kind={open.kind} />}
      {open?.name === "connect" && <parts.connect.View />}
    </Suspense>
  );
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
