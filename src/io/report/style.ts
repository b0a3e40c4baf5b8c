/** Style sheet of the report; follows the light or dark setting of the reader. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1e23; --soft: #5c6570; --paper: #ffffff; --line: #d9dee4; --accent: #3b76d6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa4b1; --paper: #15181c; --line: #333a43; --accent: #5b93ee; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 24px; line-height: 1.25; margin: 8px 0; }
h2 { font-size: 17px; margin: 34px 0 10px; }
.caption, caption { color: var(--soft); font-size: 13px; text-align: left; margin: 6px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; }
td b { color: var(--accent); }
.matrix caption { white-space: nowrap; }
.matrix td, .matrix th { text-align: right; padding: 4px 9px; border: 0; }
.matrix td { background: color-mix(in srgb, var(--accent) calc(var(--share, 0) * 65%), transparent); }
figure { margin: 0; }
svg { --plot-background: var(--paper); max-width: 100%; height: auto; }
`;
