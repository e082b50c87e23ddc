import { describe, expect, it } from "vitest";
import { SseParser, type SseEvent } from "../src/sse";

const stream = [
  "\uFEFF: a comment\r\n",
  'id: a1\nevent: delta\ndata: {"text":"grüß dich, 你好 👋🏽"}\n\n',
  "id: a2\r\nevent: delta\r\ndata: first\r\ndata: second\r\n\r\n",
  "event: nothing to say\n\n",
  "data:no space\r\r",
  "id\ndata\n\n",
  "id: a3\nevent: end\ndata: {}\n\n",
  "data: never finished",
].join("");

const expected: SseEvent[] = [
  { event: "delta", data: '{"text":"grüß dich, 你好 👋🏽"}', id: "a1" },
  { event: "delta", data: "first\nsecond", id: "a2" },
  { event: "message", data: "no space", id: "a2" },
  { event: "message", data: "", id: "" },
  { event: "end", data: "{}", id: "a3" },
];

function parse(pieces: Uint8Array[]): SseEvent[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

describe("SseParser", () => {
  const bytes = new TextEncoder().encode(stream);

  it("reads a whole stream at once", () => {
    expect(parse([bytes])).toEqual(expected);
  });

  it("gives the same events wherever the stream is cut in two", () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(parse([bytes.slice(0, cut), bytes.slice(cut)]), `cut at ${cut}`).toEqual(expected);
    }
  });

  it("gives the same events byte by byte, with empty reads between", () => {
    const pieces = [...bytes].flatMap((byte) => [new Uint8Array([byte]), new Uint8Array()]);
    expect(parse(pieces)).toEqual(expected);
  });
});
