import { describe, expect, it } from "vitest";
import { canBeDrawn, pictureOf } from "../src/files/picture-size";

const bytes = (...parts: (string | number[])[]) => new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part)));
const png = bytes([0x89], "PNG\r\n", [0x1a], "\n", [0, 0, 0, 13], "IHDR", [0, 0, 1, 0x2c, 0, 0, 0, 0xc8]);
const exif = (orientation: number) => bytes("Exif", [0, 0], "II", [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
const jpeg = (orientation: number) => bytes([0xff, 0xd8, 0xff, 0xe1, 0, 30], [...exif(orientation)], [0xff, 0xff, 0xc2, 0, 17, 8, 0, 100, 1, 44, 3]);

describe("the size of a picture", () => {
  it("is read from the first bytes of each kind", () => {
    expect(pictureOf(png)).toEqual({ mediaType: "image/png", width: 300, height: 200 });
    expect(pictureOf(bytes("GIF89a", [0x2c, 1, 200, 0]))).toEqual({ mediaType: "image/gif", width: 300, height: 200 });
    expect(pictureOf(bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0, 43, 1, 0, 199, 0, 0]))).toEqual({ mediaType: "image/webp", width: 300, height: 200 });
    expect(pictureOf(bytes("RIFF", [0, 0, 0, 0], "WEBPVP8L", [0, 0, 0, 0, 0x2f, 0x2b, 0xc1, 0x31, 0]))).toEqual({ mediaType: "image/webp", width: 300, height: 200 });
    expect(pictureOf(bytes("RIFF", [0, 0, 0, 0], "WEBPVP8 ", [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x2c, 1, 200, 0]))).toEqual({ mediaType: "image/webp", width: 300, height: 200 });
    expect(pictureOf(jpeg(1))).toEqual({ mediaType: "image/jpeg", width: 300, height: 100 });
  });

  it("is that of the picture as it is shown, turned", () => {
    expect(pictureOf(jpeg(6))).toEqual({ mediaType: "image/jpeg", width: 100, height: 300 });
  });

  it("is nothing for what is no picture, says it is one, or ends too soon", () => {
    for (const text of ["", "a", "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "RIFF0000WAVEfmt ", "\xff\xd8\xff"]) expect(pictureOf(bytes(text)), text).toBeNull();
    for (let end = 0; end < png.length; end += 1) expect(pictureOf(png.slice(0, end))).toBeNull();
    for (let end = 0; end < jpeg(1).length - 2; end += 1) expect(() => pictureOf(jpeg(1).slice(0, end))).not.toThrow();
  });

  it("is not drawn when it is made to fill the memory", () => {
    expect(canBeDrawn({ width: 65_535, height: 65_535 })).toBe(false);
    expect(canBeDrawn({ width: 6_000, height: 6_000 })).toBe(true);
    expect(canBeDrawn({ width: 0, height: 10 })).toBe(false);
  });
});
