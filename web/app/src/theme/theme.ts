// Light, dark, or as the system has it; remembered in this browser.
import { Observable } from "@threadkeep/client";

export type Theme = "system" | "light" | "dark";

const key = "threadkeep.theme";

class ThemeChoice extends Observable<Theme> {
  constructor() {
    super(read());
    apply(this.snapshot());
  }
  choose(theme: Theme): void {
    try {
      if (theme === "system") localStorage.removeItem(key);
      else localStorage.setItem(key, theme);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
    apply(theme);
    this.publish(theme);
  }
}

function read(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const themeChoice = new ThemeChoice();
