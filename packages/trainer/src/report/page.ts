/** The page around a report: one file, no scripts, readable in the dark. */
const STYLE = `
:root { color-scheme: light dark; --line: #8884; --accent: #2f6fde; --cell: 47 111 222; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; }
td, th { padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.free { overflow-wrap: anywhere; } .label { min-width: 8rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.matrix td, .matrix th { padding: .3rem .5rem; text-align: center; } .matrix th:first-child { text-align: left; }
.scores { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1rem; }
.score { border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; min-width: 9rem; }
.score b { display: block; font-size: 1.7rem; font-variant-numeric: tabular-nums; } .score small { opacity: .7; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; } svg { max-width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; } code { font-size: .9em; }
.scroll { overflow-x: auto; }
`;

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Otzyv</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
