import { expect, test } from "vitest";
import { answerFor, keepersOf } from "../src/offline/page-files";

const origin = "http://127.0.0.1:8787";
const files = new Set(["/", "/favicon.svg", "/assets/index-12345678.js"]);
const get = (path: string, isNavigation = false, method = "GET") =>
  answerFor({ method, url: path.startsWith("http") ? path : origin + path, isNavigation }, origin, files);

test.each(["/", "/?chat=01JD0000000000000000000000", "/settings", "/a/b/", "/apiary"])("the page is given out at %s", (path) => {
  expect(get(path, true)).toBe("/");
});

test.each([
  "/api/conversations?limit=50",
  "/api/events",
  "/api/generations/01JD0000000000000000000000/events",
  "/api/attachments/x.png",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
])("%s goes to the server, whatever asks for it", (path) => {
  expect(get(path)).toBeNull();
  expect(get(path, true)).toBeNull();
});

test("files of the page come from the device, also those of a version before", () => {
  expect(get("/favicon.svg")).toBe("/favicon.svg");
  expect(get("/assets/index-12345678.js")).toBe("/assets/index-12345678.js");
  expect(get("/assets/palette-87654321.js")).toBe("/assets/palette-87654321.js");
});

test("nothing else is touched", () => {
  expect(get("/other.png")).toBeNull();
  expect(get("/report.pdf", true)).toBeNull();
  expect(get("/", true, "POST")).toBeNull();
  expect(get("http://127.0.0.1:9999/favicon.svg")).toBeNull();
});

test("this version and the one before it stay", () => {
  expect(keepersOf(["page a", "page b", "page c"], "page c")).toEqual(["page b", "page c"]);
  expect(keepersOf(["page c"], "page c")).toEqual(["page c"]);
});
