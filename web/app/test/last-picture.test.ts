// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drawLastPicture, endPictures, keepPictures, takePicture } from "../src/offline/last-picture";

let root: HTMLElement;
beforeEach(() => {
  document.body.innerHTML = '<div id="root"></div>';
  root = document.getElementById("root")!;
});
afterEach(() => localStorage.clear());

/** As the page after a reload: its root is empty. */
function drawnAgain(): Element | undefined {
  root.replaceChildren();
  drawLastPicture(root);
  return root.firstElementChild ?? undefined;
}
const stored = () => JSON.parse(localStorage.getItem("threadkeep.picture")!) as Record<string, unknown>;

describe("the last picture", () => {
  it("is drawn again as it was, but cannot be used and is not read aloud", () => {
    root.innerHTML =
      '<aside class="w-72"><a class="block" dir="auto" data-conversation="1">Bees &amp; ants</a></aside>' +
      '<main><svg viewBox="0 0 20 20" stroke-width="1.6"><path d="M0 0"></path></svg><article style="height: 9px;"><p>مرحبا</p></article></main>';
    const before = root.innerHTML;
    takePicture(root);
    const layer = drawnAgain() as HTMLElement;
    expect(layer.innerHTML).toBe(before);
    expect(layer.inert).toBe(true);
    expect(layer.getAttribute("aria-hidden")).toBe("true");
    expect(layer.querySelector("path")?.namespaceURI).toBe("http://www.w3.org/2000/svg");
  });

  it("shows what is in the message field", () => {
    root.innerHTML = '<textarea class="x"></textarea>';
    root.querySelector("textarea")!.value = "half a thought";
    takePicture(root);
    expect(drawnAgain()?.querySelector("textarea")?.value).toBe("half a thought");
  });

  it("carries nothing that acts, loads, names or leads anywhere", () => {
    root.innerHTML =
      '<a href="https://example.org" onclick="x()" id="a" tabindex="0">link</a><img src="data:image/png;base64,AA" srcset="b" alt="c">' +
      '<object data="/x"></object><form action="/y"><button name="z" formaction="/q">go</button></form><style>p {}</style>';
    takePicture(root);
    const layer = drawnAgain()!;
    const attributes = [...layer.querySelectorAll("*")].flatMap((one) => one.getAttributeNames());
    expect(attributes).toEqual([]);
    expect([...layer.querySelectorAll("*")].map((one) => one.localName)).toEqual(["a", "img", "form", "button"]);
  });

  it("does not do what somebody has written into the storage", () => {
    root.innerHTML = "<p>one</p>";
    takePicture(root);
    const drawn = [["script", { src: "/x.js" }, ["alert(1)"]], ["p", { onclick: "alert(1)", href: "javascript:alert(1)", class: "y" }, []]];
    localStorage.setItem("threadkeep.picture", JSON.stringify({ ...stored(), drawn }));
    expect(drawnAgain()!.innerHTML).toBe('<span>alert(1)</span><p class="y"></p>');
  });

  it.each([
    ["another conversation", { address: "?chat=other" }],
    ["another size of the window", { width: 1 }],
    ["another version of the page", { version: "other" }],
  ])("is not shown for %s", (_, other) => {
    root.innerHTML = "<p>one</p>";
    takePicture(root);
    localStorage.setItem("threadkeep.picture", JSON.stringify({ ...stored(), ...other }));
    expect(drawnAgain()).toBeUndefined();
  });

  it("is not shown when the storage holds something else", () => {
    for (const text of ["", "{", "null", "1"]) {
      localStorage.setItem("threadkeep.picture", text);
      expect(drawnAgain()).toBeUndefined();
    }
  });

  it("is not taken of a picture, and leaves no old one behind when the new one is too large", () => {
    root.innerHTML = "<p>one</p>";
    takePicture(root);
    const first = localStorage.getItem("threadkeep.picture");
    drawnAgain();
    takePicture(root);
    expect(localStorage.getItem("threadkeep.picture")).toBe(first);
    root.innerHTML = `<p>${"x".repeat(400_000)}</p>`;
    takePicture(root);
    expect(localStorage.getItem("threadkeep.picture")).toBeNull();
  });

  it("is forgotten where nothing may be kept, and for good once the copy is off the device", () => {
    let may = true;
    root.innerHTML = "<p>one</p>";
    keepPictures(root, () => may);
    window.dispatchEvent(new Event("pagehide"));
    expect(localStorage.getItem("threadkeep.picture")).not.toBeNull();
    may = false;
    window.dispatchEvent(new Event("pagehide"));
    expect(localStorage.getItem("threadkeep.picture")).toBeNull();
    may = true;
    endPictures();
    window.dispatchEvent(new Event("pagehide"));
    expect(localStorage.getItem("threadkeep.picture")).toBeNull();
  });
});
