// What the model of an answer was not given: the beginning of a long conversation, files.
import { type MessageRow } from "@threadkeep/client";

export interface NotGivenProps {
  row: MessageRow;
  onOpen: (messageId: string) => void;
  /** The newest answer says it also of what was said and attached before. */
  isLast: boolean;
}

export function NotGiven({ row, onOpen, isLast }: NotGivenProps) {
  const { contextFrom, contextInShort, filesLeftOut } = row.message.metadata;
  return (
    <>
      {isLast && typeof contextFrom === "string" && (
        <p className="mt-3 text-small text-faint">
          {contextInShort === true ? "This model was given the earlier messages in short." : "The conversation is longer than what this model was given."}
          <button type="button" className="target ms-2 font-medium text-accent hover:text-accent-hover" onClick={() => onOpen(contextFrom)}>
            {contextInShort === true ? "Show where it began to read them whole" : "Show where it began to read"}
          </button>
        </p>
      )}
      <LeftOutFiles said={filesLeftOut} withEarlier={isLast} />
    </>
  );
}

interface LeftOutFile {
  name: string;
  reason: string;
  isEarlier: boolean;
}

const reasons: Record<string, string> = {
  missing: "it is not on the server",
  unreadable: "it could not be read",
  "too-many": "all files together are larger than a model is given",
  kind: "this model takes no files of its kind",
  "too-large": "it is too large for this model",
  cut: "only its beginning was given",
  "no-text": "no text could be read from it",
  "no-reader": "this model takes no such files, and this server has no program that reads their text (pdftotext)",
};

function LeftOutFiles({ said, withEarlier }: { said: unknown; withEarlier: boolean }) {
  const { files, more } = readLeftOut(said);
  const shown = files.filter(({ isEarlier }) => withEarlier || !isEarlier);
  if (shown.length === 0) return null;
  return (
    <div className="mt-3 text-small text-faint">
      <p>This model was not given all files:</p>
      <ul className="ms-5 list-disc">
        {shown.map(({ name, reason }, index) => (
          <li key={index} className="wrap-anywhere">
            <bdi>{name || "a file without a name"}</bdi>: {reasons[reason] ?? "it was left out"}
          </li>
        ))}
        {withEarlier && more > 0 && <li>and {more} more</li>}
      </ul>
    </div>
  );
}

/** Whatever stands there: a message may come from elsewhere. */
function readLeftOut(said: unknown): { files: LeftOutFile[]; more: number } {
  const { files, count } = (said ?? {}) as { files?: unknown; count?: unknown };
  const read = (Array.isArray(files) ? files : []).map((file: unknown) => {
    const { name, reason, isEarlier } = (file ?? {}) as Record<string, unknown>;
    return { name: typeof name === "string" ? name : "", reason: typeof reason === "string" ? reason : "", isEarlier: isEarlier === true };
  });
  return { files: read, more: typeof count === "number" ? count - read.length : 0 };
}
