// The first thing that runs: it shows what was on the screen last, and needs nothing else of the page for it.
import "./theme/base.css";
import { drawLastPicture } from "./offline/last-picture";
import { applyTheme, keptTheme } from "./theme/apply";

applyTheme(keptTheme());
const root = document.getElementById("root");
if (root) {
  drawLastPicture(root);
  void import("./start").then(({ start }) => start(root));
}
