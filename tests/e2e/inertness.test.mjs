// What others wrote is text: it runs nothing, loads nothing and goes nowhere by itself.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, scenario, ulid } from "./harness.mjs";
import { chatgptConversation } from "./exports.mjs";

const attacks = [
  "<script>window.attacked = 'script'</script>",
  "<img src=x onerror=\"window.attacked = 'img'\">",
  "<img src=\"https://tracker.example/pixel.png\">",
  "<svg onload=\"window.attacked = 'svg'\"><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg' onload='attacked=1'/>#x\"/></svg>",
  "<iframe src=\"javascript:parent.attacked = 'iframe'\"></iframe>",
  "<iframe srcdoc=\"<script>parent.attacked = 'srcdoc'</script>\"></iframe>",
  "<a href=\"javascript:window.attacked = 'a'\">press me</a>",
  "<form action=\"https://tracker.example/\"><button>press me</button></form>",
  "<style>@import url(https://tracker.example/style.css); body { display: none }</style>",
  "<link rel=stylesheet href=https://tracker.example/style.css>",
  "<meta http-equiv=refresh content=\"0;url=https://tracker.example/\">",
  "<base href=https://tracker.example/>",
  "<object data=https://tracker.example/x></object><embed src=https://tracker.example/x>",
  "<video src=https://tracker.example/x.mp4 autoplay onerror=\"window.attacked = 'video'\"></video>",
  "<details open ontoggle=\"window.attacked = 'details'\"><summary>x</summary></details>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.attacked='math'&gt;\">",
];
const markdown = [
  "[press me](javascript:window.attacked='link')",
  "[press me](JaVaScRiPt:window.attacked='case')",
  "[press me](java\nscript:window.attacked='newline')",
  "[press me](&#106;avascript:window.attacked='entity')",
  "[press me](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[press me](vbscript:attacked)",
  "[press me](/api/conversations)",
  "<javascript:window.attacked='auto'>",
  "![a picture](https://tracker.example/pixel.png)",
  "![a picture](http://127.0.0.1:1/pixel.png)",
  "![a picture](javascript:window.attacked='picture')",
  "![a picture](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImF0dGFja2VkPTEiLz4=)",
  "![by reference][pixel]\n\n[pixel]: https://tracker.example/pixel.png",
  "[a page elsewhere](https://tracker.example/page)",
  "https://tracker.example/bare",
  "```html\n<img src=x onerror=\"window.attacked = 'code'\">\n```",
  "| <img src=x onerror=\"window.attacked='cell'\"> | `<script>window.attacked='inline'</script>` |\n|---|---|\n| <b onmouseover=\"window.attacked='hover'\">over</b> | [press me](javascript:window.attacked='cell') |",
];
const whole = [...attacks, ...markdown].join("\n\n");
const title = "<img src=x onerror=\"window.attacked = 'title'\"><script>window.attacked = 'title'</script>";

/** Nothing ran, nothing was loaded (the harness looks at every request), and nothing made elements of it. */
async function assertInert(page) {
  const found = await page.raw.evaluate(() => ({
    attacked: window.attacked,
    elements: [...document.querySelectorAll("img, iframe, object, embed, video, audio, form:not(:has([data-composer], textarea)), base, meta[http-equiv], svg use, body script, body style, body > * link, math, details[ontoggle]")]
      .map((element) => element.outerHTML.slice(0, 200)),
    handlers: [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(({ name }) => name.startsWith("on"))).length,
    links: [...document.querySelectorAll("a[href]")].map((link) => link.href).filter((href) => !/^(https?|mailto):/.test(href)),
    careless: [...document.querySelectorAll("article a[href]")].filter((link) => !/noopener/.test(link.rel) || !/noreferrer/.test(link.rel) || link.target !== "_blank").length,
  }));
  assert.deepEqual(found, { attacked: undefined, elements: [], handlers: 0, links: [], careless: 0 });
}

/** Presses and points at everything in the messages that asks for it, but for the links that a browser would open. */
async function pressEverything(page) {
  for (const one of await page.articles.getByText("press me").all()) {
    await one.scrollIntoViewIfNeeded();
    assert.equal(await one.evaluate((element) => element.closest("a")?.getAttribute("href") ?? null), null, "is no link");
    await one.click({ force: true });
  }
  for (const text of ["over", "a picture"]) for (const one of await page.articles.getByText(text).all()) await one.hover({ force: true });
}

scenario("hostile messages and titles are shown as text", {}, async (stage) => {
  const { page } = stage;
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid(), title });
  const say = (role, content) => stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content });
  await say("system", [{ type: "text", text: whole }]);
  await say("user", [{ type: "text", text: whole }]);
  await say("assistant", [{ type: "text", text: whole }, { type: "reasoning", text: whole }]);
  await say("user", [{ type: "text", text: "And the rest?" }]);
  await say("assistant", [
    { type: "text", text: "Here." },
    { type: "tool_use", id: "call", name: attacks[1], input: { query: attacks[0] } },
    { type: "tool_result", toolUseId: "call", content: whole },
    { type: "source", url: "javascript:window.attacked='source'", title: attacks[1] },
    { type: "source", url: "https://tracker.example/source", title: attacks[0] },
    { type: "image", attachmentId: "x", name: attacks[1], mediaType: "image/png", size: 3 },
    { type: attacks[1], html: whole },
  ]);
  await page.openConversation(id);
  await page.answers.last().getByText("Here.").waitFor();
  await assertInert(page);
  const folded = page.answers.last().getByRole("button", { expanded: false });
  while ((await folded.count()) > 0) await folded.first().click();
  await assertInert(page);

  await page.messages.evaluate((box) => box.scrollTo({ top: 0 }));
  await page.main.getByText("Instructions to the model").click();
  await page.button("Show all of it").click();
  await pressEverything(page);
  await page.main.getByText(attacks[0], { exact: false }).first().waitFor();
  await assertInert(page);
  await page.answers.first().getByRole("button", { name: "Thoughts" }).click();
  await assertInert(page);

  assert.equal(await page.raw.title(), `${title} · Threadkeep`);
  await page.item(title).waitFor();
  await page.keyboard.press("Control+k");
  await page.dialog.getByRole("option", { name: title }).waitFor();
  await assertInert(page);
  await page.keyboard.press("Escape");
  await page.act(title, "Pin");
  await page.act(title, "Delete");
  await page.undo("Moved to the trash.");
  await assertInert(page);
});

scenario("a hostile answer does nothing while it is written, at no point of it", { vendor: true }, async (stage) => {
  const { page } = stage;
  const pieces = [];
  for (let at = 0; at < whole.length; at += 5) pieces.push(whole.slice(at, at + 5));
  stage.vendor.says("owl", ...pieces);
  await page.go();
  await page.button("Model: owl").waitFor();
  // Looked at after every change of the page, not only at the end.
  await page.raw.evaluate(() => {
    window.bad = [];
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) {
        if (node instanceof Element && (node.matches("img, iframe, script, object, embed, form, style") || node.querySelector("img, iframe, script, object, embed, style"))) window.bad.push(node.outerHTML.slice(0, 200));
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.write(whole);
  await page.stopButton.waitFor();
  await page.answered();
  await eventually("all of it is there", async () => (await page.answers.last().innerText()).includes("window.attacked = 'code'"));
  await assertInert(page);
  assert.deepEqual(await page.raw.evaluate(() => window.bad), []);
  await pressEverything(page);
  await assertInert(page);
  assert.equal(await page.copied(page.answers.last()), whole, "and it is all kept");
});

scenario("a hostile export is imported as text", {}, async (stage) => {
  const { page } = stage;
  const file = join(stage.folder, "<img src=x onerror=attacked=1>.json");
  writeFileSync(file, JSON.stringify([chatgptConversation({ title, time: 1_700_000_000, texts: [whole, whole] }), { title, mapping: { x: attacks } }]));
  await page.go();
  await page.button("Import your history").click();
  const chooser = page.raw.waitForEvent("filechooser");
  await page.button("Choose a file").click();
  await (await chooser).setFiles(file);
  await page.dialog.getByRole("table").waitFor();
  await assertInert(page);
  await page.button("Done").click();
  await page.item(title).click();
  await page.answers.first().waitFor();
  await assertInert(page);
});

scenario("a picture elsewhere is only a link; one inside the text is shown", {}, async (stage) => {
  const { page } = stage;
  const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const { id } = await stage.api("POST", "/api/conversations", { id: ulid() });
  await stage.api("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: [{ type: "text", text: "Pictures?" }] });
  await stage.api("POST", `/api/conversations/${id}/messages`, {
    id: ulid(),
    role: "assistant",
    content: [{ type: "text", text: `![A map](https://tracker.example/map.png)\n\n![A dot](${dot})` }],
  });
  await page.openConversation(id);
  const link = page.answers.getByRole("link", { name: "Picture: A map (tracker.example)" });
  assert.equal(await link.getAttribute("href"), "https://tracker.example/map.png");
  assert.match(await link.getAttribute("rel"), /noopener noreferrer/);
  const picture = page.answers.getByRole("img", { name: "A dot" });
  await eventually("it is drawn", () => picture.evaluate((image) => image.complete && image.naturalWidth === 1));
  await new Promise((done) => setTimeout(done, 500)); // a request that it made would have been seen by now
  assert.deepEqual(stage.requests(/tracker/), []);
});

scenario("should anything get in after all, the content policy refuses it", {}, async (stage) => {
  const { page } = stage;
  stage.allow(/content policy|Content Security Policy|Trusted/i);
  // The browser names the attempt, and makes none.
  stage.allow(/^request: GET https:\/\/tracker\.example/);
  await page.go();
  const refused = await page.raw.evaluate(async () => {
    const outcome = {};
    // What a debugger runs may do more; what comes later is the page's own.
    await new Promise((done) => setTimeout(done));
    const attempt = (name, act) => {
      try {
        act();
        outcome[name] = "done";
      } catch {
        outcome[name] = "refused";
      }
    };
    attempt("markup", () => (document.createElement("div").innerHTML = "<b>x</b>"));
    attempt("string to code", () => new Function("window.attacked = 1")());
    const script = document.createElement("script");
    attempt("script text", () => (script.text = "window.attacked = 2"));
    const picture = new Promise((done) => {
      const image = new Image();
      image.onload = () => done("done");
      image.onerror = () => done("refused");
      image.src = "https://tracker.example/pixel.png";
    });
    outcome.picture = await picture;
    outcome.request = await fetch("https://tracker.example/").then(() => "done", () => "refused");
    outcome.attacked = window.attacked ?? null;
    return outcome;
  });
  assert.deepEqual(refused, { markup: "refused", "string to code": "refused", "script text": "refused", picture: "refused", request: "refused", attacked: null });
  await eventually("refused by the policy, not by the network", () => stage.log.some((line) => /content policy: connect-src/.test(line)));
  const { headers } = await stage.server.call("GET", "/");
  for (const part of ["frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"]) {
    assert.ok(headers.get("content-security-policy").includes(part), part);
  }
});
