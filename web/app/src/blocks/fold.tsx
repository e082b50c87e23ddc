import { useId, useState, type ReactNode } from "react";
import { classes } from "../components/ui/classes";
import { Icon, type IconName } from "../components/ui/icon";

interface FoldProps {
  icon: IconName;
  summary: ReactNode;
  /** At the end of the line: how it went. */
  mark?: ReactNode;
  children: ReactNode;
}

/** One quiet line that opens; what is inside is drawn only then. */
export function Fold({ icon, summary, mark, children }: FoldProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={classes("max-w-full self-start rounded-xl border border-line text-small", isOpen && "w-full")}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="target flex h-9 w-full items-center gap-2 rounded-xl px-3 text-soft hover:bg-surface hover:text-ink"
      >
        <Icon name={icon} size={16} className="shrink-0 text-faint" />
        <span className="min-w-0 truncate">{summary}</span>
        {mark}
        <Icon
          name="down"
          size={16}
          className={classes("ms-auto shrink-0 text-faint transition-transform duration-100", isOpen && "rotate-180")}
        />
      </button>
      <div id={id} hidden={!isOpen} className="border-t border-line">
        {isOpen && children}
      </div>
    </div>
  );
}
