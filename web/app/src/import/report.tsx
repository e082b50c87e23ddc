import type { ImportReport } from "@threadkeep/client";
import { Button } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { dialogs } from "../state/dialogs";

const number = new Intl.NumberFormat();

/** What came in, what did not, and why: the server's numbers and nothing else. */
export function Report({ report, onMore, onAnew }: { report: ImportReport; onMore: () => void; onAnew: () => void }) {
  const { conversations, messages, presets, verbatim, problems, problemsLeftOut } = report;
  const isClean = conversations.failed === 0 && problems.length === 0;
  return (
    <div>
      <p className="flex items-start gap-2 font-medium" role="status">
        <Icon name={isClean ? "check" : "warning"} className={isClean ? "mt-0.5 text-done" : "mt-0.5 text-waiting"} />
        <span>{sentence(report)}</span>
      </p>
      <p className="mt-1 ms-7 truncate text-small text-faint" title={report.name}>
        {[report.name, report.format].filter(Boolean).join(" · ")}
      </p>
      <table className="mt-4 w-full text-small">
        <caption className="sr-only">The import in numbers</caption>
        <thead>
          <tr className="text-faint">
            <th />
            <th className="pb-1 ps-2 text-end align-bottom font-medium">Found</th>
            <th className="pb-1 ps-2 text-end align-bottom font-medium">Imported</th>
            <th className="pb-1 ps-2 text-end align-bottom font-medium">Already here</th>
            <th className="pb-1 ps-2 text-end align-bottom font-medium">Left out</th>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          <Line name="Conversations" values={[conversations.found, conversations.imported, conversations.alreadyHere, conversations.failed + conversations.deletedForEver]} />
          <Line name="Messages" values={[messages.found, messages.imported, messages.alreadyHere, messages.skipped]} />
          {presets.found > 0 && <Line name="Settings" values={[presets.found, presets.imported, presets.alreadyHere, presets.failed]} />}
        </tbody>
      </table>
      {verbatim.length > 0 && (
        <details className="mt-3 text-small text-soft">
          <summary className="target cursor-pointer py-1 font-medium">
            {number.format(verbatim.reduce((sum, kind) => sum + kind.count, 0))} parts of kinds that are not known here were kept as they came
          </summary>
          <ul className="mt-1 ms-4 list-disc">
            {verbatim.map((kind) => (
              <li key={kind.contentType}>
                {kind.contentType}: {number.format(kind.count)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {problems.length > 0 && <Problems problems={problems} leftOut={problemsLeftOut} />}
      <div className="mt-5 flex gap-2">
        <Button look="primary" onClick={() => dialogs.close()}>
          Done
        </Button>
        <Button onClick={onMore}>Import another file</Button>
        {conversations.deletedForEver > 0 && <Button onClick={onAnew}>Bring in the deleted ones anew</Button>}
      </div>
    </div>
  );
}

function sentence({ conversations, presets }: ImportReport): string {
  const { found, imported, alreadyHere } = conversations;
  if (found === 0 && presets.found > 0) return presets.imported > 0 ? "The settings in this file were imported." : "The settings in this file were already here.";
  if (found === 0) return "There were no conversations in this file.";
  if (imported === 0 && alreadyHere === found && presets.imported > 0) return "Its conversations were already here; settings were imported.";
  if (imported === 0 && alreadyHere === found) return "Everything in this file was already here.";
  return `${number.format(imported)} of ${number.format(found)} conversations were imported.`;
}

function Line({ name, values }: { name: string; values: number[] }) {
  return (
    <tr className="border-t border-line">
      <th className="py-2 text-start font-medium">{name}</th>
      {values.map((value, index) => (
        <td key={index} className="py-2 ps-2 text-end">
          {number.format(value)}
        </td>
      ))}
    </tr>
  );
}

function Problems({ problems, leftOut }: { problems: ImportReport["problems"]; leftOut: number }) {
  return (
    <details className="mt-2 text-small" open={problems.length <= 3}>
      <summary className="target cursor-pointer py-1 font-medium text-waiting">
        {number.format(problems.length + leftOut)} {problems.length + leftOut === 1 ? "problem" : "problems"}
      </summary>
      <ul className="mt-1 max-h-56 overflow-y-auto rounded-xl bg-waiting-ground px-3 py-1">
        {problems.map((problem, index) => (
          <li key={index} className="border-b border-line py-2 last:border-b-0">
            <span className="block truncate font-medium" dir="auto" title={problem.title}>
              {problem.title || problem.conversation || "Untitled"}
            </span>
            <span className="text-soft wrap-anywhere">{problem.reason}</span>
          </li>
        ))}
        {leftOut > 0 && <li className="py-2 text-soft">and {number.format(leftOut)} more</li>}
      </ul>
    </details>
  );
}
