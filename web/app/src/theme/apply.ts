/** As the system has it, or as was chosen in this browser. Stands alone: it is needed before anything is drawn. */
export type Theme = "system" | "light" | "dark";

export const themeKey = "threadkeep.theme";

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(themeKey);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
