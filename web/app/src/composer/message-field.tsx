// Where a message is written, new or again: a field that grows, and the long pieces that were pasted around it.
import { cleaned } from "@threadkeep/client";
import { useImperativeHandle, useLayoutEffect, useRef, type ClipboardEvent, type ComponentPropsWithRef, type DragEvent, type KeyboardEvent, type Ref } from "react";
import { isComposing, leaveToInputMethod } from "../shortcuts/owner";
import { useMedia, useObservable } from "../state/hooks";
import { AttachedFiles } from "../files/attached-files";
import { takeFiles } from "./files";
import { PastedPieces } from "./pasted";
import { isLong, type Writing } from "./writing";

interface MessageFieldProps extends Omit<ComponentPropsWithRef<"textarea">, "value" | "onChange" | "onPaste" | "onDrop" | "ref"> {
  writing: Writing;
  field?: Ref<HTMLTextAreaElement>;
  /** Enter was pressed; without Shift, and on devices with keys. */
  onEnter: () => void;
}

export function MessageField({ writing, field, onEnter, onKeyDown, ...rest }: MessageFieldProps) {
  const { text, pasted, files } = useObservable(writing);
  const input = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(field, () => input.current!, []);
  const hasKeys = useMedia("(pointer: fine)");
  useLayoutEffect(() => grow(input.current), [text]);

  function press(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isComposing(event.nativeEvent)) return leaveToInputMethod(event);
    onKeyDown?.(event);
    if (event.defaultPrevented || event.key !== "Enter" || event.shiftKey || !hasKeys) return;
    event.preventDefault();
    onEnter();
  }

  /** False: the browser puts it into the field. */
  function takeIn(given: DataTransfer): boolean {
    const words = given.getData("text/plain");
    if (words === "") return takeFiles([...given.files], writing);
    if (!input.current || (!isLong(words) && cleaned(words) === words)) return false;
    const { selectionStart: start, selectionEnd: end, value } = input.current;
    if (!isLong(words)) putIn(input.current, cleaned(words));
    else {
      if (start !== end) writing.write(value.slice(0, start) + value.slice(end));
      writing.paste(cleaned(words), value.slice(0, start).trim() === "" ? "before" : "after");
    }
    return true;
  }
  const onPaste = (event: ClipboardEvent) => takeIn(event.clipboardData) && event.preventDefault();
  const onDrop = (event: DragEvent) => {
    if (!takeIn(event.dataTransfer)) return;
    event.preventDefault();
    // What lies around the field takes files, too.
    event.stopPropagation();
  };

  return (
    <div className="flex min-w-0 grow flex-col">
      <AttachedFiles files={files} onTakeOut={(id) => writing.takeOutFile(id)} />
      <PastedPieces writing={writing} pieces={pasted.filter(({ place }) => place === "before")} />
      <textarea
        ref={input}
        dir="auto"
        rows={1}
        value={text}
        onChange={(event) => writing.write(event.target.value)}
        onKeyDown={press}
        onPaste={onPaste}
        onDrop={onDrop}
        {...rest}
      />
      <PastedPieces writing={writing} pieces={pasted.filter(({ place }) => place === "after")} />
    </div>
  );
}

/** As high as its text, as far as its style allows. */
function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

/** At the caret, so that the browser can take it back. */
function putIn(field: HTMLTextAreaElement, words: string): void {
  if (document.execCommand?.("insertText", false, words)) return;
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
