// Runs in the sandboxed page /diagram.html, after Mermaid and in the same file: draws what its parent sends. It has an origin of
// its own, no storage, and its policy lets it reach nothing.
/* global mermaid */
{
  const say = (message) => parent.postMessage(message, "*");

  const draw = async ({ source, scheme }) => {
    document.documentElement.style.colorScheme = scheme;
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      maxTextSize: 20_000,
      maxEdges: 300,
      theme: scheme === "dark" ? "dark" : "neutral",
      fontFamily: "system-ui, sans-serif",
    });
    const { svg } = await mermaid.render("diagram", source);
    document.body.innerHTML = svg;
    const tell = () => say({ height: Math.ceil(document.body.firstElementChild.getBoundingClientRect().height) });
    new ResizeObserver(tell).observe(document.body.firstElementChild);
    tell();
  };

  addEventListener("message", ({ source: sender, data }) => {
    if (sender !== parent || typeof data?.source !== "string") return;
    draw(data).catch((error) => say({ error: String(error?.message ?? error) }));
  });
  say({ isReady: true });
}
