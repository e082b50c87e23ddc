import { useEffect, useState } from "react";
import { Icon } from "../components/ui/icon";
import { Menu, MenuCheckItem, MenuItem, MenuLabel, MenuLine, MenuRadioGroup, MenuRadioItem } from "../components/ui/menu";
import { afterPaint } from "../state/after-paint";
import { api, client } from "../state/app-state";
import { dialogs, drawer } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import type { Theme } from "../theme/apply";
import { textSize } from "../theme/text-size";
import { themeChoice } from "../theme/theme";
import { reading } from "../state/reading";
import { side } from "../state/side";
import { toasts } from "../state/toasts";

/** Everything that is not needed all the time. */
export function AccountMenu() {
  const theme = useObservable(themeChoice);
  const size = useObservable(textSize);
  const name = useName();
  const mayRead = useObservable(reading).everywhere;
  return (
    <Menu
      align="start"
      className="w-64"
      trigger={
        <button
          type="button"
          className="target flex h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-small text-soft hover:bg-surface hover:text-ink data-[state=open]:bg-surface"
        >
          <span className="flex size-6 items-center justify-center rounded-full bg-accent-ground font-semibold text-accent">
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className="grow truncate text-start">{name}</span>
          <Icon name="dots" size={18} />
        </button>
      }
    >
      <MenuItem
        icon="import"
        onSelect={() => {
          drawer.set(false);
          dialogs.open({ name: "import" });
        }}
      >
        Import your history
      </MenuItem>
      <MenuItem
        icon="sliders"
        onSelect={() => {
          drawer.set(false);
          dialogs.open({ name: "settings", chat: "default" });
        }}
      >
        Default settings
      </MenuItem>
      <MenuItem icon="archive" onSelect={() => side.show({ kind: "archived" })}>
        Archive
      </MenuItem>
      <MenuItem icon="trash" onSelect={() => side.show({ kind: "trash" })}>
        Trash
      </MenuItem>
      <MenuLine />
      <MenuCheckItem
        checked={mayRead}
        onSelect={(event) => event.preventDefault()}
        onCheckedChange={(may) => reading.chooseEverywhere(may === true)}
      >
        <span className="py-0.5">
          Models may search my conversations
          <span className="block text-faint">{mayRead ? "Each answer shows what was read." : "Off: a model sees only the conversation it answers in."}</span>
        </span>
      </MenuCheckItem>
      <MenuLine />
      <MenuLabel>Appearance</MenuLabel>
      <MenuRadioGroup value={theme} onValueChange={(value) => themeChoice.choose(value as Theme)}>
        <MenuRadioItem value="system">As the system</MenuRadioItem>
        <MenuRadioItem value="light">Light</MenuRadioItem>
        <MenuRadioItem value="dark">Dark</MenuRadioItem>
      </MenuRadioGroup>
      <MenuLabel>Text size: {size} %</MenuLabel>
      <MenuItem icon="plus" disabled={size === 200} onSelect={(event) => stepText(event, 1)}>
        Larger text
      </MenuItem>
      <MenuItem icon="minus" disabled={size === 80} onSelect={(event) => stepText(event, -1)}>
        Smaller text
      </MenuItem>
      <MenuLine />
      <MenuItem
        icon="keyboard"
        onSelect={() => {
          drawer.set(false);
          dialogs.open({ name: "shortcuts" });
        }}
      >
        Keyboard shortcuts
      </MenuItem>
      <MenuLine />
      <OnThisDevice />
    </Menu>
  );
}

/** The menu stays: one looks at it and goes on. */
function stepText(event: Event, by: 1 | -1): void {
  event.preventDefault();
  textSize.step(by);
}

/** How much is kept here, whether the browser has promised to keep it, and how to take it away. */
function OnThisDevice() {
  const { isPersisted, bytesUsed } = useObservable(client.storage);
  const { waiting, failed } = useObservable(client.connection);
  useEffect(() => void client.storage.refresh().catch(() => undefined), []);
  async function persist() {
    const isKept = await client.storage.persist();
    toasts.show({ text: isKept ? "The browser keeps it until you clear it." : "The browser did not promise it. What is on the server is safe all the same." });
  }
  return (
    <>
      <MenuLabel>
        {sizeOf(bytesUsed)} on this device. {isPersisted ? "Kept until you clear it." : "The browser may clear it when space is short."}
      </MenuLabel>
      {!isPersisted && (
        <MenuItem icon="device" onSelect={() => void persist()}>
          Ask the browser to keep it
        </MenuItem>
      )}
      <MenuItem icon="stored" hint={waiting + failed > 0 ? String(waiting + failed) : undefined} onSelect={() => dialogs.open({ name: "outbox" })}>
        Not on the server yet
      </MenuItem>
      <MenuItem icon="trash" onSelect={() => dialogs.open({ name: "clear-device" })}>
        Remove from this device…
      </MenuItem>
    </>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

const nameKey = "threadkeep.name";
const standardName = "Local user";

function keptName(): string {
  try {
    return localStorage.getItem(nameKey) ?? standardName;
  } catch {
    return standardName;
  }
}

function keepName(name: string): void {
  try {
    localStorage.setItem(nameKey, name);
  } catch {
    // The next page asks for it.
  }
}

function useName(): string {
  const [name, setName] = useState(keptName);
  useEffect(() => {
    const abort = new AbortController();
    const take = ({ name: given }: { name: string }) => {
      if (!given) return;
      setName(given);
      keepName(given);
    };
    const callOff = afterPaint(() => void api.me(abort.signal).then(take).catch(() => undefined));
    return () => {
      callOff();
      abort.abort();
    };
  }, []);
  return name;
}
