// The grammar: CommonMark with tables, strikethrough, footnotes, TeX and a few elements. The rules of CommonMark are those of
// markdown-it, of which only the tokenizers are taken: its renderer makes HTML, and this page makes none.
import type MarkdownIt from "markdown-it";
import * as utils from "markdown-it/lib/common/utils.mjs";
import * as helpers from "markdown-it/lib/helpers/index.mjs";
import ParserBlock from "markdown-it/lib/parser_block.mjs";
import ParserInline from "markdown-it/lib/parser_inline.mjs";
import type Token from "markdown-it/lib/token.mjs";
import { BeyondLimit, depthMax, stepsMax } from "../limits";
import { elementRule } from "./element";
import type { Environment } from "./environment";
import { footnoteDefinitionRule, footnoteReferenceRule } from "./footnote";
import { mathBlockRule, mathRule } from "./math";
import { tableRule } from "./table";

const block = new ParserBlock();
const inline = new ParserInline();

/** The parts of a MarkdownIt that its rules use. */
const parser = {
  block,
  inline,
  utils,
  helpers,
  options: { html: false, linkify: false, maxNesting: 2 * depthMax },
  // Which addresses become links is decided where they are drawn.
  validateLink: () => true,
  normalizeLink: (url: string) => url,
  normalizeLinkText: (url: string) => url,
} as unknown as MarkdownIt;

function step(env: Environment): void {
  env.steps += 1;
  if (env.steps > stepsMax) throw new BeyondLimit("steps");
}

const ends = ["paragraph", "reference", "blockquote", "list"];
block.ruler.at("table", tableRule, { alt: ["paragraph", "reference"] });
block.ruler.disable("html_block");
block.ruler.before("code", "math", mathBlockRule, { alt: ends });
block.ruler.before("reference", "footnote", footnoteDefinitionRule, { alt: ["paragraph", "reference"] });
block.ruler.before(
  "table",
  "limit",
  (state) => {
    step(state.env as Environment);
    if (state.level > depthMax) throw new BeyondLimit("depth");
    return false;
  },
  { alt: ends },
);

inline.ruler.disable(["linkify", "html_inline"]);
inline.ruler.before("escape", "math", mathRule);
inline.ruler.before("autolink", "element", elementRule);
inline.ruler.before("link", "footnote", footnoteReferenceRule);
inline.ruler.before("text", "limit", (state) => {
  step(state.env as Environment);
  return false;
});

/** The tokens of a section, their inline ones filled. Throws BeyondLimit. */
export function tokensOf(text: string, env: Environment): Token[] {
  const tokens: Token[] = [];
  block.parse(text, parser, env, tokens);
  for (const token of tokens) {
    if (token.type !== "inline") continue;
    token.children = inlineTokensOf(token.content, env);
  }
  return tokens;
}

export function inlineTokensOf(text: string, env: Environment): Token[] {
  const tokens: Token[] = [];
  inline.parse(text, parser, env, tokens);
  return tokens;
}
