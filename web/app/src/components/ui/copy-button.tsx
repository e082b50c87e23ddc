import { useEffect, useState } from "react";
import { toasts } from "../../state/toasts";
import { IconButton } from "./button";

/** Copies what `text` gives at the moment of the click, and says so. */
export function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <IconButton
      icon={isCopied ? "check" : "copy"}
      label={isCopied ? "Copied" : label}
      size="small"
      onClick={() => void copyText(text()).then(setCopied)}
    />
  );
}

/** False, and a word to the person, where the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toasts.show({ text: "The browser did not allow copying. Select the text and copy it by hand." });
    return false;
  }
}
