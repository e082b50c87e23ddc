// The messages that a model was given in short: what they became, closed until it is asked for.
import { type ContentBlock } from "@threadkeep/client";
import { LongText } from "../markdown/long-text";
import { models } from "../state/app-state";
import { Fold } from "./fold";

/** Whatever stands in its fields: a message may come from elsewhere. */
export function SummaryView({ block: { text, messages, model } }: { block: ContentBlock & { text?: unknown; messages?: unknown; model?: unknown } }) {
  const count = typeof messages === "number" && Number.isSafeInteger(messages) && messages > 0 ? messages : 0;
  const author = typeof model === "string" ? models.nameOf(model) : "";
  return (
    <Fold icon="outline" summary="Earlier messages, in short">
      <div className="px-3 py-2">
        <p className="text-faint">
          {author ? <bdi>{author}</bdi> : "The model"} wrote this summary, and was given it in the place of {count === 1 ? "the first message" : count > 1 ? `the first ${count} messages` : "the first messages"}, which did not all fit. They are still here.
        </p>
        <div dir="auto" className="mt-2 wrap-anywhere whitespace-pre-wrap text-soft">
          <LongText text={typeof text === "string" ? text : ""} />
        </div>
      </div>
    </Fold>
  );
}
