/** The page around a report: one file, no scripts, nothing fetched; made for a phone, a desk, the dark and paper. */
import type { Finding } from './findings.ts';
import { escapeHtml, type Html } from './html.ts';
import { STYLE } from './style.ts';

export interface Page {
  readonly title: string;
  /** above the title: what it is a report of */
  readonly kind: string;
  /** The one sentence. */
  readonly summary: Html;
  /** What else is worth knowing at once. */
  readonly findings: readonly Finding[];
  readonly sections: readonly Html[];
  /** when, and by what */
  readonly footer: Html;
}

export function page({ title, kind, summary, findings, sections, footer }: Page): Html {
  const body = sections.filter((section) => section !== '');
  const links = body.flatMap((section) =>
    Array.from(
      section.matchAll(/<h2 id="([^"]+)">(.*?)<\/h2>/g),
      ([, id, name]) => `<li><a href="#${id}">${name}</a></li>`,
    ),
  );
  const worthKnowing =
    findings.length === 0
      ? ''
      : `<dl class="findings">${findings.map(({ name, said }) => `<div><dt>${name}</dt><dd>${said}</dd></div>`).join('')}</dl>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Otzyv</title>
<style>${STYLE}</style>
</head>
<body>
<header><p class="kind">${escapeHtml(kind)}</p>
<h1>${escapeHtml(title)}</h1>
<p class="summary">${summary}</p>
${worthKnowing}
<nav aria-label="Contents"><ul>${links.join('')}</ul></nav></header>
<main>
${body.join('\n\n')}
</main>
<footer>${footer}</footer>
</body>
</html>
`;
}
