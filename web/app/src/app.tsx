import { lazy, Suspense, useCallback, useEffect, type ComponentType } from "react";
import { Drawer } from "./components/ui/dialog";
import { ErrorBoundary } from "./components/ui/error-boundary";
import { Toasts } from "./components/ui/toasts";
import { TooltipLayer } from "./components/ui/tooltip";
import { shortcutOf } from "./shortcuts/keys";
import { Sidebar } from "./sidebar/sidebar";
import { startNew } from "./state/actions";
import { afterPaint } from "./state/after-paint";
import { client, models, recover, viewOf } from "./state/app-state";
import { dialogs, drawer } from "./state/dialogs";
import { focusComposer, focusList } from "./state/focus";
import { useKeyDown, useMedia, useObservable } from "./state/hooks";
import { router } from "./state/route";
import { toasts } from "./state/toasts";
import { ConversationScreen } from "./thread/screen";
import { OldTab } from "./status/old-tab";
import { PageFault } from "./thread/states";

/** Parts of the page that are loaded when they are first used; or ahead, when there is nothing else to do. */
const parts = {
  palette: part(() => import("./palette/palette")),
  shortcuts: part(() => import("./shortcuts/shortcuts-dialog")),
  import: part(() => import("./import/import-dialog")),
  deleteForever: part(() => import("./sidebar/delete-forever")),
  move: part(() => import("./organise/move-dialog")),
  tags: part(() => import("./organise/tags-dialog")),
  renameGroup: part(() => import("./organise/rename-group")),
  outbox: part(() => import("./status/outbox-dialog")),
  clearDevice: part(() => import("./status/clear-device")),
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
  const isWide = useMedia("(min-width: 768px)");
  useShortcuts();
  useFreshness();
  useEffect(() => {
    const timer = setTimeout(() => Object.values(parts).forEach(({ load }) => void load().catch(() => undefined)), aheadMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <div className="flex h-dvh">
        {isWide ? (
          <aside className="w-72 shrink-0 border-e border-line bg-side">
            <Sidebar />
          </aside>
        ) : (
          <SidebarDrawer />
        )}
        <div className="flex min-w-0 grow flex-col *:last:min-h-0 *:last:grow">
          <OldTab />
          <ErrorBoundary fallback={<PageFault />}>
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
      {open?.name === "palette" && <parts.palette.View />}
      {open?.name === "shortcuts" && <parts.shortcuts.View />}
      {open?.name === "import" && <parts.import.View file={open.file} />}
      {open?.name === "delete-forever" && <parts.deleteForever.View ids={open.ids} />}
      {open?.name === "move" && <parts.move.View ids={open.ids} />}
      {open?.name === "tags" && <parts.tags.View ids={open.ids} />}
      {open?.name === "rename-group" && <parts.renameGroup.View kind={open.kind} from={open.from} />}
      {open?.name === "outbox" && <parts.outbox.View />}
      {open?.name === "clear-device" && <parts.clearDevice.View />}
    </Suspense>
  );
}

function useShortcuts(): void {
  useKeyDown(
    useCallback((event: KeyboardEvent) => {
      const name = shortcutOf(event);
      if (!name || event.defaultPrevented) return;
      const isBehindDialog = dialogs.snapshot() !== null && name !== "palette";
      if (isBehindDialog) return;
      if (name === "stop") return stopOpen(event);
      if (name === "list" && isInOverlay(event.target)) return;
      event.preventDefault();
      if (name === "palette") dialogs.open(dialogs.snapshot()?.name === "palette" ? null : { name: "palette" });
      else if (name === "search") dialogs.open({ name: "palette" });
      else if (name === "new") startNew();
      else if (name === "help") dialogs.open({ name: "shortcuts" });
      else if (name === "list") focusList();
      else if (name === "undo") toasts.undo();
      else focusComposer();
    }, []),
  );
}

function isInOverlay(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[role=dialog], [role=menu]") !== null;
}

function stopOpen(event: KeyboardEvent): void {
  const { chat } = router.snapshot();
  if (!chat || isInOverlay(event.target) || drawer.snapshot()) return;
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
