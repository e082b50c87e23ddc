// Light, dark, or as the system has it; remembered in this browser.
import { Observable } from "@threadkeep/client";
import { applyTheme, keptTheme, themeKey, type Theme } from "./apply";

class ThemeChoice extends Observable<Theme> {
  constructor() {
    super(keptTheme());
    applyTheme(this.snapshot());
  }
  choose(theme: Theme): void {
    try {
      if (theme === "system") localStorage.removeItem(themeKey);
      else localStorage.setItem(themeKey, theme);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
    applyTheme(theme);
    this.publish(theme);
  }
}

export const themeChoice = new ThemeChoice();
