// A bar chart as SVG text: groups of horizontal bars, each group with its own scale. Readable on light and dark pages.

const width = 760;
const labelWidth = 300;
const barWidth = 340;
const rowHeight = 30;

const style = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .heading { font-weight: 600; }
  .track { fill: #eaeef2; }
  .bar { fill: #0969da; }
  .mark { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .track { fill: #2a313c; }
    .bar { fill: #4493f8; }
    .mark { stroke: #e6edf3; }
  }`;

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function row({ label, value, text }, scale, mark, y) {
  const length = Math.max(2, Math.min(value / scale, 1) * barWidth);
  const markX = labelWidth + (mark / scale) * barWidth;
  return [
    `<text x="${labelWidth - 12}" y="${y + 19}" text-anchor="end">${escape(label)}</text>`,
    `<rect class="track" x="${labelWidth}" y="${y + 5}" width="${barWidth}" height="20" rx="3"/>`,
    `<rect class="bar" x="${labelWidth}" y="${y + 5}" width="${length.toFixed(1)}" height="20" rx="3"/>`,
    `<line class="mark" x1="${markX.toFixed(1)}" x2="${markX.toFixed(1)}" y1="${y + 2}" y2="${y + 28}"/>`,
    `<text x="${labelWidth + barWidth + 10}" y="${y + 19}">${escape(text)}</text>`,
  ];
}

/** groups: [{heading, mark, rows: [{label, value, text}]}]; `mark` is the value the dashed line stands at. */
export function barChart(title, groups) {
  const parts = [];
  let y = 10;
  for (const { heading, mark, rows } of groups) {
    parts.push(`<text class="heading" x="16" y="${y + 18}">${escape(heading)}</text>`);
    y += 28;
    const scale = Math.max(mark, ...rows.map(({ value }) => value)) * 1.02;
    for (const each of rows) {
      parts.push(...row(each, scale, mark, y));
      y += rowHeight;
    }
    y += 14;
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${escape(title)}">`;
  return [head, `<title>${escape(title)}</title>`, `<style>${style}\n</style>`, ...parts, '</svg>', ''].join('\n');
}
