import { lazy, Suspense, useCallback, useEffect } from "react";
import { Drawer } from "./components/ui/dialog";
import { ErrorBoundary } from "./components/ui/error-boundary";
import { Toasts } from "./components/ui/toasts";
import { TooltipProvider } from "./components/ui/tooltip";
import { shortcutOf } from "./shortcuts/keys";
import { Sidebar } from "./sidebar/sidebar";
import { startNew } from "./state/actions";
import { list, models, recover, refreshAll, viewOf } from "./state/app-state";
import { dialogs, drawer } from "./state/dialogs";
import { useKeyDown, useMedia, useObservable } from "./state/hooks";
import { router } from "./state/route";
import { ConversationScreen } from "./thread/screen";
import { PageFault } from "./thread/states";

const Palette = lazy(() => import("./palette/palette"));
const ShortcutsDialog = lazy(() => import("./shortcuts/shortcuts-dialog"));
const ImportDialog = lazy(() => import("./import/import-dialog"));
const DeleteForever = lazy(() => import("./sidebar/delete-forever"));

export function App() {
  const isWide = useMedia("(min-width: 768px)");
  useShortcuts();
  useFreshness();
  return (
    <TooltipProvider delayDuration={500}>
      <div className="flex h-dvh">
        {isWide ? (
          <aside className="w-72 shrink-0 border-e border-line bg-side">
            <Sidebar />
          </aside>
        ) : (
          <SidebarDrawer />
        )}
        <div className="min-w-0 grow">
          <ErrorBoundary fallback={<PageFault />}>
            <ConversationScreen />
          </ErrorBoundary>
        </div>
      </div>
      <Dialogs />
      <Toasts />
    </TooltipProvider>
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
      {open?.name === "shortcuts" && <ShortcutsDialog />}
      {open?.name === "import" && <ImportDialog file={open.file} />}
      {open?.name === "delete-forever" && <DeleteForever conversation={open.conversation} />}
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
      event.preventDefault();
      if (name === "palette") dialogs.open(dialogs.snapshot()?.name === "palette" ? null : { name: "palette" });
      else if (name === "new") startNew();
      else if (name === "help") dialogs.open({ name: "shortcuts" });
      else document.querySelector<HTMLElement>("[data-composer]")?.focus();
    }, []),
  );
}

function stopOpen(event: KeyboardEvent): void {
  const { chat } = router.snapshot();
  const isInOverlay = event.target instanceof HTMLElement && event.target.closest("[role=dialog], [role=menu]");
  if (!chat || isInOverlay || drawer.snapshot()) return;
  const view = viewOf(chat);
  if (view.isRunning) void view.stop();
}

/** How often the list is read again while the page is looked at, in milliseconds. */
const refreshMs = 60_000;
/** How often what could not be read is tried again, in milliseconds. */
const recoverMs = 4_000;

function useFreshness(): void {
  useEffect(() => {
    void models.load();
    void list.loadMore("pinned");
    void list.loadMore("main");
    const look = () => {
      if (document.visibilityState === "visible") refreshAll();
    };
    const timer = setInterval(look, refreshMs);
    const recovering = setInterval(recover, recoverMs);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", look);
    return () => {
      clearInterval(timer);
      clearInterval(recovering);
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", look);
    };
  }, []);
}
