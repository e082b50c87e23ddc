// The palette, and before it is here its field alone: what is typed after its key belongs into it, also the first time.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { classes } from "../components/ui/classes";
import { frameLook, shadeLook } from "../components/ui/dialog-look";
import { Icon } from "../components/ui/icon";
import { isComposing } from "../shortcuts/owner";
import { afterPaint } from "../state/after-paint";
import { dialogs } from "../state/dialogs";
import { standIn } from "../state/focus";
import { Part } from "../state/part";
import { usePart } from "../state/use-part";
import { fieldLook, fieldName } from "./field-look";

export const palettePart = new Part(() => import("./palette"));

export function PaletteOrField() {
  const palette = usePart(palettePart, () => dialogs.close());
  const [words, setWords] = useState("");
  const [isEntered, setEntered] = useState(false);
  // The field alone is there sooner: the rest is drawn after it.
  const [isPainted, setPainted] = useState(false);
  useEffect(() => afterPaint(() => setPainted(true)), []);
  // An input method at work keeps its field.
  const [composes, setComposing] = useState(false);
  if (palette && isPainted && !composes) return <palette.default typed={words} isEntered={isEntered} />;
  return (
    <>
      <div className={shadeLook} aria-hidden="true" onClick={() => dialogs.close()} />
      <div role="dialog" aria-modal="true" aria-label="Search and commands" className={classes(frameLook, "max-w-2xl")}>
        <Field
          words={words}
          onWords={(now) => {
            setWords(now);
            setEntered(false);
          }}
          onEnter={() => setEntered(true)}
          onComposing={setComposing}
        />
        <p role="status" className="appear-late px-5 py-3 text-small text-faint">
          Loading…
        </p>
      </div>
    </>
  );
}

interface FieldProps {
  words: string;
  onWords: (words: string) => void;
  onEnter: () => void;
  onComposing: (composes: boolean) => void;
}

function Field({ words, onWords, onEnter, onComposing }: FieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const giveBack = field.current ? standIn(field.current) : () => undefined;
    // The palette's own field takes the focus in the same step.
    return () => queueMicrotask(giveBack);
  }, []);
  return (
    <div className="flex items-center gap-3 border-b border-line px-4">
      <Icon name="search" className="text-faint" />
      <input
        ref={field}
        data-stand-in
        value={words}
        dir="auto"
        role="combobox"
        aria-expanded="false"
        aria-label={fieldName}
        placeholder={fieldName}
        className={fieldLook}
        onChange={(event) => onWords(event.target.value)}
        onCompositionStart={() => onComposing(true)}
        onCompositionEnd={() => onComposing(false)}
        onKeyDown={(event) => {
          if (event.key === "Escape") dialogs.close();
          if (event.key === "Enter" && !isComposing(event.nativeEvent)) onEnter();
          // There is nothing else to go to yet.
          if (event.key === "Tab" || event.key === "Escape") event.preventDefault();
        }}
      />
    </div>
  );
}
