import { createContext } from "react";

/** True where everything is drawn at once, also what takes long: on paper nothing comes in later. */
export const DrawnWhole = createContext(false);
