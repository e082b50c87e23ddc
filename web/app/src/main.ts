// The first thing that runs: it shows what was on the screen last, and needs nothing else of the page for it.
import "./theme/base.css";
import { drawEarlyWords } from "./offline/early-words";
import { drawLastPicture } from "./offline/last-picture";
import { applyTheme, keptTheme } from "./theme/apply";
import { applySideWidth, applyTextSize, keptSideWidth, keptTextSize } from "./theme/look";

/** A browser that blocks a site's data may offer the channel and throw when one is made; what is loaded next makes one at once. */
function hideBlockedChannel(): void {
  try {
    new BroadcastChannel("threadkeep.try").close();
  } catch {
    Object.defineProperty(globalThis, "BroadcastChannel", { value: undefined, configurable: true });
  }
}

hideBlockedChannel();
applyTheme(keptTheme());
applyTextSize(keptTextSize());
applySideWidth(keptSideWidth());
const root = document.getElementById("root");
if (root) {
  drawLastPicture(root);
  if (root.querySelector("#boot")) drawEarlyWords(root);
  void import("./start").then(({ start }) => start(root));
}
