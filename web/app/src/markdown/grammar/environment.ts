/** What the rules share while a section is parsed. */
export interface Environment {
  /** Targets of links by their normalized label: found, and used. */
  references: Record<string, { href: string; title: string }>;
  steps: number;
  /** By the signs that end a formula: the text that has none of them from there on, so that it is searched once. */
  unclosed: Map<string, { src: string; from: number }>;
}
