/** How a report looks. Two inks beside black: blue for what is measured and right, rust for what is wrong. */
const LIGHT = `--paper: #fffefb; --panel: #f6f3ed; --ink: #1d1c1a; --muted: #645f58; --line: #dfd9cf;
--accent: #22609f; --warm: #b04a1b; --heat: #86b1e6; --for: #d9e7f8; --against: #fbe3d3;`;
const DARK = `--paper: #17181b; --panel: #202226; --ink: #ebe8e2; --muted: #a8a29a; --line: #373a40;
--accent: #7db4ec; --warm: #f0996b; --heat: #2d5f9c; --for: #1f3a58; --against: #54301c;`;

export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 58rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
h1, h2, .summary { font-family: Georgia, Cambria, "Noto Serif", "Liberation Serif", serif; text-wrap: balance; }
.kind { margin: 0; color: var(--muted); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .2rem 0 0; font-size: 1.1rem; font-weight: 400; color: var(--muted); overflow-wrap: anywhere; }
.summary { margin: 1.1rem 0 1.4rem; max-width: 46rem; font-size: clamp(1.4rem, 1rem + 2vw, 2.1rem); line-height: 1.28; text-wrap: pretty; }
.summary b { font-weight: 700; color: var(--accent); }
.nowrap { white-space: nowrap; }
.findings { margin: 0 0 1.8rem; max-width: 46rem; }
.findings div { display: grid; grid-template-columns: 9.5rem 1fr; gap: 0 1rem; padding: .42rem 0; border-top: 1px solid var(--line); }
.findings dt { color: var(--muted); } .findings dd { margin: 0; }
nav > ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: .7rem 0; list-style: none; border-block: 1px solid var(--line); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
nav a { text-decoration: none; display: inline-block; padding: .15rem 0; } nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
section { padding-top: 2.6rem; }
h2 { margin: 0 0 .4rem; font-size: 1.55rem; line-height: 1.2; font-weight: 600; }
h3 { margin: 2rem 0 .4rem; font-size: .95rem; font-weight: 600; }
main ul { margin: 0 0 1.2rem; padding-left: 1.2rem; }
section > p, li, figcaption { max-width: 42rem; } section > p { margin: 0 0 1.2rem; }
.small, figcaption, footer, small { color: var(--muted); font-size: .86rem; }
.scores { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .4rem 1.6rem; margin: 0; }
.scores div { border-top: 2px solid var(--ink); padding: .6rem 0; } .scores dt { color: var(--muted); font-size: .86rem; }
.scores dd { margin: 0; font-variant-numeric: tabular-nums; } .scores dd b { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 2rem; margin: 1.4rem 0; }
figure h3 { margin-top: 0; } figure { margin: 0; min-width: 0; container-type: inline-size; } figure.whole { grid-column: 1 / -1; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
.wide { max-width: 34rem; } .whole .wide { max-width: none; } .narrow { display: none; max-width: 28rem; }
@container (max-width: 25.5rem) { .wide { display: none; } .narrow { display: block; } }
@container (max-width: 38rem) { .whole .wide { display: none; } .whole .narrow { display: block; } }
figcaption { margin-top: .5rem; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--muted); font-size: .86rem; width: fit-content; padding: .2rem 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .92rem; width: 100%; font-variant-numeric: tabular-nums; margin: .6rem 0; }
th { text-align: left; font-weight: 400; } thead th { color: var(--muted); font-size: .84rem; vertical-align: bottom; }
td, th { padding: .42rem .8rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; }
.number { text-align: right; } td small { display: block; white-space: nowrap; font-size: .8rem; }
details table { font-size: .84rem; width: auto; }
.examples.examples { columns: 2 22rem; column-gap: 1.1rem; margin: 1rem 0 1.6rem; padding: 0; list-style: none; }
.examples > li { background: var(--panel); border-radius: .5rem; padding: 1rem 1.1rem; margin-bottom: 1.1rem; max-width: none; display: flex; flex-direction: column; gap: .6rem; break-inside: avoid; }
.examples p { margin: 0; } .examples blockquote { margin: 0; overflow-wrap: anywhere; }
mark { color: inherit; background: var(--for); border-bottom: 2px solid var(--accent); border-radius: 2px; padding: 0 .1em; }
mark.against { background: var(--against); border-bottom: 2px dashed var(--warm); }
.answer { display: grid; grid-template-columns: auto 1fr; gap: .1rem .7rem; margin: 0; font-size: .9rem; }
.answer dt { color: var(--muted); } .answer dd { margin: 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2.5rem; } .pair > div { min-width: 0; }
.settings { font-size: .86rem; } .settings th { width: 45%; color: var(--muted); overflow-wrap: anywhere; } .settings td, .settings th { padding-block: .25rem; } code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: .2rem 2rem; margin: 0 0 1rem; }
.facts div { border-bottom: 1px solid var(--line); padding: .42rem 0; display: flex; justify-content: space-between; gap: 1rem; } .facts dt { color: var(--muted); } .facts dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 34rem) {
  body { padding: 1.5rem 1rem 3rem; } td, th { padding-right: .5rem; }
  .stacked thead th:first-child { display: none; } .stacked tr { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); border-bottom: 1px solid var(--line); }
  .stacked tr > * { grid-row: 2; border: 0; padding: .1rem 0 .42rem; } .stacked th[scope="row"] { grid-row: 1; grid-column: 1 / -1; padding: .42rem 0 0; }
  .stacked .number { text-align: left; padding-right: .3rem; } .stacked thead th { font-size: .78rem; } .stacked td small { font-size: .74rem; white-space: normal; }
  .findings div { display: block; } .findings dt { font-size: .86rem; }
}
@media (max-width: 22rem) { td, th { overflow-wrap: anywhere; } }
@media print {
  :root { color-scheme: light; ${LIGHT} --paper: #fff; font-size: 12.5px; }
  body { max-width: none; padding: 0; } nav, details:not([open]) { display: none; } section { padding-top: 1.8rem; }
  .figures, .pair { grid-template-columns: 1fr 1fr; }
  figure, tr, .scores, .findings div { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .examples > li, mark { print-color-adjust: exact; -webkit-print-color-adjust: exact; } a { color: inherit; text-decoration: none; }
}
`;
