/** The most options a form can have on which other fields depend. */
const CHOICES = 8

/**
 * Hides the fields that do not apply to what is chosen, without a script. A browser that does not know `:has()` shows everything,
 * and the service ignores what does not apply.
 * @see https://www.w3.org/TR/selectors-4/#relational
 */
const SHOWN_BY_CHOICE = Array.from(
  { length: CHOICES },
  (_, index) => `form:has([data-option="${index + 1}"]:checked) [data-not~="${index + 1}"] { display: none }`,
).join('\n')

/** The one stylesheet of the pages: a single calm card, the system's font, sufficient contrast, a visible focus. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f8; --card: #fff; --line: #d8dee7; --text: #18202b; --quiet: #525d6b;
  --accent: #1a56a8; --accent-text: #fff; --good: #17663a; --bad: #a11b1b; --bad-ground: #fdf1f0; --code-ground: #eef3fa; --mark: #1a56a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1b212a; --line: #36404d; --text: #e8ecf1; --quiet: #a9b3bf;
    --accent: #8ab8f5; --accent-text: #0d1724; --good: #7fd3a0; --bad: #f2a29b; --bad-ground: #33201f; --code-ground: #222c39; --mark: #2f6fc4;
  }
}
* { box-sizing: border-box }
body { margin: 0; padding: 1rem; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif }
.card { width: 100%; max-width: 31rem; margin: auto; padding: 1.25rem 2rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
.wide { max-width: 66rem }
.columns { display: grid; grid-template-columns: minmax(0, 20rem) minmax(0, 1fr); grid-template-rows: auto 1fr;
  gap: 0 3rem; align-items: start }
.beside { grid-column: 2; grid-row: 1 / 3 }
header { display: flex; align-items: center; gap: .625rem; margin: 0 0 1rem }
header span { display: flex; flex-wrap: wrap; column-gap: .5rem; align-items: baseline }
header small { color: var(--quiet) }
.mark { flex: none; color: var(--mark) }
h1 { margin: 0 0 .25rem; font-size: 1.375rem; line-height: 1.3 }
p { margin: 0 0 1rem }
a { color: var(--accent) }
.quiet { color: var(--quiet) }
.help { color: var(--quiet); font-size: .9375rem }
main > :last-child, .beside > :last-child, .further > :last-child { margin-bottom: 0 }
.small { font-size: .875rem }
.pages { margin: 0 0 1rem; padding-left: 1.25rem }
dl { margin: 1rem 0; border-top: 1px solid var(--line) }
dl > div { display: flex; gap: 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line) }
.beside > dl:first-child { margin-top: 0 }
dt { flex: 0 0 6.75rem; color: var(--quiet) }
dd { margin: 0; min-width: 0 }
dd small { display: block; unicode-bidi: isolate; color: var(--quiet); font-size: .875rem }
dd ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem .375rem }
dd li { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem }
.code { margin: 1rem 0; padding: .625rem 1rem; text-align: center; background: var(--code-ground); border-radius: .5rem }
.code strong { display: block; font: 600 1.625rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .08em }
.code span { font-size: .9375rem }
form { margin: 0 0 .75rem }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: .75rem 1.25rem; margin: 0 0 .875rem }
.whole { grid-column: 1 / -1 }
form > .field { margin: 0 0 1rem }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0 }
.field > label, legend { display: block; margin: 0 0 .125rem; padding: 0; font-weight: 600 }
.field p { margin: .25rem 0 0; font-size: .875rem; line-height: 1.4 }
.field p + input { margin-top: .25rem }
.hint, .again { color: var(--quiet) }
.agent { color: var(--accent); font-weight: 600 }
.field .wrong { color: var(--bad); font-weight: 600 }
.options { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .5rem }
.options label { display: flex; align-items: center; gap: .375rem; padding: .375rem .5rem; cursor: pointer;
  border: 1px solid var(--quiet); border-radius: .375rem }
.options label:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent) }
.options input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent) }
.check { display: flex; gap: .625rem; align-items: flex-start }
.check input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent) }
.check label { font-weight: 600 }
.check p { margin: 0 }
${SHOWN_BY_CHOICE}
.field label .mark { font-weight: 400; font-size: .875rem; color: var(--quiet) }
input:not([type=checkbox], [type=radio]), select, textarea { display: block; width: 100%; padding: .4375rem .625rem; font: inherit;
  color: inherit; background: var(--card); border: 1px solid var(--quiet); border-radius: .375rem }
textarea { min-height: 3.5rem; resize: vertical }
[aria-invalid=true]:not(fieldset) { border-color: var(--bad) !important; border-width: 2px !important }
button { display: block; width: 100%; padding: .6875rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  border-radius: .375rem; border: 1px solid var(--accent); background: var(--accent); color: var(--accent-text) }
button:hover { filter: brightness(1.1) }
button + button { margin-top: .625rem }
button.second { background: transparent; color: var(--accent) }
button.plain { width: auto; margin: 0 auto; padding: .375rem .75rem; border-color: transparent; background: transparent;
  color: var(--quiet); font-weight: 400; text-decoration: underline }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.folds { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 0 1.25rem }
.folds > [open] { grid-column: 1 / -1 }
details { margin: 0 0 .875rem; border: 1px solid var(--line); border-radius: .375rem }
summary { padding: .5rem 1rem; cursor: pointer; font-weight: 600; color: var(--accent) }
details > div, details > form, details > ul { padding-left: 1rem; padding-right: 1rem; margin-top: .25rem }
details > ul { padding-left: 2.25rem }
.alert { margin: 0 0 1rem; padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-ground); border-radius: .25rem }
.alert p { margin: 0 }
.alert .see { margin: .25rem 0 0 }
.alert a { color: var(--bad); font-weight: 600 }
.said { margin: .375rem 0 0; border: 0; font-size: .875rem }
.said summary { padding: 0; color: inherit; font-weight: 400 }
.said pre { margin: .25rem 0 0; padding: .5rem .75rem; max-height: 8rem; overflow: auto; white-space: pre-wrap;
  font: .875rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--card);
  border: 1px dashed var(--quiet); border-radius: .25rem }
.sign { width: 2.75rem; height: 2.75rem; margin: 0 0 1rem; border-radius: 50%; display: grid;
  place-items: center; font-size: 1.5rem; font-weight: 700; border: 2px solid currentcolor }
.good { color: var(--good) }
.bad { color: var(--bad) }
@media (max-width: 56rem) {
  .card { max-width: 31rem }
  .columns { display: block }
  .beside { margin: 0 0 1rem }
}
@media (max-width: 30rem) {
  body { padding: .5rem }
  .card { padding: 1rem 1.25rem 1.25rem; margin: 0 auto auto }
  dl > div { display: block }
}
`
