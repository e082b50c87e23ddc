// The first thing that runs. What is on the device is opened and read while the browser still works on the rest of the page.
import "./theme/base.css";
import "./theme/theme";
import { openClient } from "@threadkeep/client";
import { toasts } from "./state/toasts";

const opening = openClient({ onFailure: (text) => toasts.show({ text }) });
const root = document.getElementById("root");
if (root) void import("./page").then(async ({ show }) => show(await opening, root));
