// What of a message is drawn as markdown; beyond it the source is shown. Set so that no step of parsing or drawing holds
// the page for more than 50 ms on a slow device: docs/decisions/0015-markdown.md has the figures.

/** Quotes and lists within each other; a list in a list counts twice. Also emphasis within emphasis. */
export const depthMax = 48;
/** A section that has no place where it can be cut is drawn up to this many characters. */
export const sectionCharsMax = 24_000;
/** From this many characters on a list is cut before its next item, and any other text at the end of a line. */
export const listCharsWanted = 3_000;
export const textCharsWanted = 3_000;
/** Calls of grammar rules in one section. Text of people and models stays under a tenth of it. */
export const stepsMax = 4_000;
/** Nodes of one section. */
export const sectionNodesMax = 3_000;
export const tableCellsMax = 1_000;
/** A row is drawn in one go. */
export const tableColumnsMax = 200;
/** Characters, and nodes, of one message that are drawn as markdown. */
export const messageCharsMax = 250_000;
export const messageNodesMax = 8_000;
/** A folded part is parsed in one go. */
export const detailsCharsMax = 12_000;
/** Sections that are parsed again, all at once, when a link's target comes after the link. */
export const lateReferencesCharsMax = 48_000;
/** TeX of one formula. */
export const mathCharsMax = 2_000;
/** Source of one diagram. */
export const diagramCharsMax = 20_000;

/** The section goes beyond a limit. */
export class BeyondLimit extends Error {}
