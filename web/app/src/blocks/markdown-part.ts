import { Part } from "../state/part";

/** What draws markdown: with its parser the largest part of the page that not every screen needs. */
export const markdownPart = new Part(() => import("../markdown/markdown"));
