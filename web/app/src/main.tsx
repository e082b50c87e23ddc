import "./theme/base.css";
import "./theme/theme";
import { createRoot } from "react-dom/client";
import { openClient } from "@threadkeep/client";
import { App } from "./app";
import { updates } from "./offline/updates";
import { begin } from "./state/app-state";
import { toasts } from "./state/toasts";

const root = document.getElementById("root");

async function start(element: HTMLElement): Promise<void> {
  begin(await openClient({ onFailure: (text) => toasts.show({ text }) }));
  createRoot(element).render(<App />);
  if (import.meta.env.PROD) requestIdleCallback(() => void updates.begin(), { timeout: 3000 });
}

if (root) void start(root);
