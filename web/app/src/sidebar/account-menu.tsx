import { useEffect, useState } from "react";
import { Icon } from "../components/ui/icon";
import { Menu, MenuItem, MenuLabel, MenuLine, MenuRadioGroup, MenuRadioItem } from "../components/ui/menu";
import { api } from "../state/app-state";
import { dialogs, drawer } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { themeChoice, type Theme } from "../theme/theme";
import type { SideView } from "./sidebar";

/** Everything that is not needed all the time. */
export function AccountMenu({ onView }: { onView: (view: SideView) => void }) {
  const theme = useObservable(themeChoice);
  const name = useName();
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
      <MenuItem icon="archive" onSelect={() => onView("archived")}>
        Archive
      </MenuItem>
      <MenuItem icon="trash" onSelect={() => onView("trash")}>
        Trash
      </MenuItem>
      <MenuLine />
      <MenuLabel>Appearance</MenuLabel>
      <MenuRadioGroup value={theme} onValueChange={(value) => themeChoice.choose(value as Theme)}>
        <MenuRadioItem value="system">As the system</MenuRadioItem>
        <MenuRadioItem value="light">Light</MenuRadioItem>
        <MenuRadioItem value="dark">Dark</MenuRadioItem>
      </MenuRadioGroup>
      <MenuLine />
      <MenuItem
        icon="keyboard"
        hint="?"
        onSelect={() => {
          drawer.set(false);
          dialogs.open({ name: "shortcuts" });
        }}
      >
        Keyboard shortcuts
      </MenuItem>
    </Menu>
  );
}

function useName(): string {
  const [name, setName] = useState("Local user");
  useEffect(() => {
    const abort = new AbortController();
    api.me(abort.signal).then((me) => me.name && setName(me.name), () => undefined);
    return () => abort.abort();
  }, []);
  return name;
}
