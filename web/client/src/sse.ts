// Reading a server-sent event stream: bytes in any pieces to whole events.

export interface SseEvent {
  /** The `event:` field, `message` when there was none. */
  event: string;
  data: string;
  /** The last `id:` seen so far in the stream, "" before the first. */
  id: string;
}

/**
 * An incremental parser after the HTML standard's rules. Give it the bytes as they arrive, cut anywhere (also inside a
 * UTF-8 character or between CR and LF); every event is returned once, when the blank line that ends it has been read.
 * What an unfinished stream leaves behind is dropped, as the standard asks.
 */
export class SseParser {
  private readonly decoder = new TextDecoder("utf-8");
  private buffer = "";
  private lastWasCr = false;
  private data: string[] = [];
  private event = "";
  private id = "";

  push(bytes: Uint8Array): SseEvent[] {
    return this.pushText(this.decoder.decode(bytes, { stream: true }));
  }

  pushText(text: string): SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.lines(text)) {
      const finished = this.line(line);
      if (finished) events.push(finished);
    }
    return events;
  }

  private *lines(text: string): Generator<string> {
    let from = 0;
    if (this.lastWasCr && text.length > 0) {
      if (text[0] === "\n") from = 1;
      this.lastWasCr = false;
    }
    const ends = /\r\n|\n|\r/g;
    ends.lastIndex = from;
    for (let end = ends.exec(text); end; end = ends.exec(text)) {
      const line = this.buffer + text.slice(from, end.index);
      this.buffer = "";
      from = ends.lastIndex;
      if (end[0] === "\r" && from === text.length) this.lastWasCr = true;
      yield line;
    }
    this.buffer += text.slice(from);
  }

  private line(line: string): SseEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): SseEvent | null {
    const event = this.event || "message";
    const data = this.data;
    this.event = "";
    this.data = [];
    return data.length === 0 ? null : { event, data: data.join("\n"), id: this.id };
  }
}
