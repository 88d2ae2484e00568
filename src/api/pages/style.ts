/** The one stylesheet of the pages: a single calm card, the system's font, enough contrast, a visible focus. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f8; --card: #fff; --line: #d8dee7; --text: #18202b; --quiet: #525d6b;
  --accent: #1a56a8; --accent-text: #fff; --good: #17663a; --bad: #a11b1b; --bad-ground: #fdf1f0; --code-ground: #eef3fa;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1b212a; --line: #36404d; --text: #e8ecf1; --quiet: #a9b3bf;
    --accent: #8ab8f5; --accent-text: #0d1724; --good: #7fd3a0; --bad: #f2a29b; --bad-ground: #33201f; --code-ground: #222c39;
  }
}
* { box-sizing: border-box }
body { margin: 0; padding: 1rem; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif }
main { width: 100%; max-width: 31rem; margin: auto; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
h1 { margin: 0 0 .25rem; font-size: 1.375rem; line-height: 1.3 }
h2 { margin: 0 0 .5rem; font-size: 1rem }
p { margin: 0 0 1rem }
a { color: var(--accent) }
.quiet { color: var(--quiet) }
.help { color: var(--quiet); font-size: .9375rem }
main > :last-child { margin-bottom: 0 }
dl { margin: 1.25rem 0; border-top: 1px solid var(--line) }
dl > div { display: flex; gap: 1rem; padding: .625rem 0; border-bottom: 1px solid var(--line) }
dt { flex: 0 0 6.5rem; color: var(--quiet) }
dd { margin: 0; min-width: 0 }
dd small { display: block; unicode-bidi: isolate; color: var(--quiet); font-size: .875rem }
dd ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem .375rem }
dd li { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem }
.code { margin: 1.25rem 0; padding: .875rem 1rem; text-align: center; background: var(--code-ground); border-radius: .5rem }
.code strong { display: block; font: 600 1.625rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .08em }
.code span { font-size: .9375rem }
form { margin: 0 0 1rem }
.field { margin: 0 0 1rem }
.field > label { display: block; font-weight: 600 }
.field .hint { margin: 0 0 .25rem; font-size: .875rem; color: var(--quiet) }
.field .wrong { margin: .25rem 0 0; font-size: .875rem; color: var(--bad); font-weight: 600 }
.check { display: flex; gap: .625rem; align-items: flex-start }
.check input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent) }
.check label { font-weight: 600 }
.mark { font-weight: 400; font-size: .875rem; color: var(--quiet) }
input:not([type=checkbox]), select, textarea { display: block; width: 100%; padding: .5rem .625rem; font: inherit;
  color: inherit; background: var(--card); border: 1px solid var(--quiet); border-radius: .375rem }
textarea { min-height: 4.5rem; resize: vertical }
[aria-invalid=true] { border-color: var(--bad) !important; border-width: 2px !important }
button { display: block; width: 100%; padding: .6875rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  border-radius: .375rem; border: 1px solid var(--accent); background: var(--accent); color: var(--accent-text) }
button:hover { filter: brightness(1.1) }
button + button { margin-top: .625rem }
button.second { background: transparent; color: var(--accent) }
button.plain { width: auto; margin: 0 auto; padding: .375rem .75rem; border-color: transparent; background: transparent;
  color: var(--quiet); font-weight: 400; text-decoration: underline }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
details { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: .375rem }
summary { padding: .6875rem 1rem; cursor: pointer; font-weight: 600; color: var(--accent) }
details > div { padding: .25rem 1rem 0 }
.alert { margin: 1.25rem 0; padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-ground); border-radius: .25rem }
.alert p { margin: 0 }
.said { margin: .75rem 0 0; font-size: .875rem }
.said pre { margin: .25rem 0 0; padding: .5rem .75rem; max-height: 12rem; overflow: auto; white-space: pre-wrap;
  font: .875rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--card);
  border: 1px dashed var(--quiet); border-radius: .25rem }
.sign { width: 2.75rem; height: 2.75rem; margin: 0 0 1rem; border-radius: 50%; display: grid;
  place-items: center; font-size: 1.5rem; font-weight: 700; border: 2px solid currentcolor }
.good { color: var(--good) }
.bad { color: var(--bad) }
@media (max-width: 30rem) {
  body { padding: .5rem }
  main { padding: 1.25rem; margin: 0 auto auto }
  dl > div { display: block }
}
`
