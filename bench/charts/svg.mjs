/** The look of all charts: no background of their own, and colours that are at home on white and on black. */
const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #57606a; }
  .title { font-size: 17px; font-weight: 600; fill: #24292f; }
  .group { font-weight: 600; fill: #24292f; }
  .own { font-weight: 600; fill: #0f766e; }
  .small { font-size: 11px; }
  .grid { stroke: #8b949e; stroke-opacity: .25; }
  .range { stroke: #24292f; stroke-opacity: .55; stroke-width: 1.5; }
  .peer-bar { fill: #9aa4af; }
  .own-bar { fill: #14b8a6; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9aa4af; }
    .title, .group { fill: #e6edf3; }
    .own { fill: #2dd4bf; }
    .range { stroke: #e6edf3; }
    .peer-bar { fill: #6e7681; }
  }`;

export const LINE_COLOURS = ['#14b8a6', '#6366f1', '#f59e0b', '#ec4899', '#84a30f', '#0ea5e9', '#a1673a', '#8b5cf6'];

export function document(width, height, title, body) {
  const label = escaped(title);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<title>${label}</title>
<style>${STYLE}
</style>
${body.join('\n')}
</svg>
`;
}

export function text(x, y, content, { kind, anchor = 'start' } = {}) {
  const look = kind ? ` class="${kind}"` : '';
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}"${look}>${escaped(content)}</text>`;
}

export function line(x1, y1, x2, y2, kind) {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" class="${kind}"/>`;
}

export function fixed(number) {
  return Number(number.toFixed(1));
}

function escaped(content) {
  return String(content).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
