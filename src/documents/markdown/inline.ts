import type { Run } from './blocks.js'
import { escapeText, linkTarget } from './escape.js'

/** Runs as Markdown. Neighbours of one form are one piece, and marks stand close to their text. Spaces at the ends say nothing. */
export function inlineMarkdown(runs: readonly Run[]): string {
  // The space keeps what is last from being escaped for the sake of a next piece.
  return merged([...runs, { text: ' ' }])
    .map(markdownOf)
    .join('')
}

function merged(runs: readonly Run[]): Run[] {
  const all: Run[] = []
  for (const run of runs) {
    const last = all.at(-1)
    if (last && isOfOneForm(last, run)) last.text += run.text
    else if (run.text !== '' || run.footnote !== undefined) all.push({ ...run })
  }
  return all
}

const isOfOneForm = (one: Run, other: Run): boolean =>
  one.footnote === undefined &&
  other.footnote === undefined &&
  (one.bold ?? false) === (other.bold ?? false) &&
  (one.italic ?? false) === (other.italic ?? false) &&
  one.link === other.link

function markdownOf({ text, bold, italic, link, footnote }: Run): string {
  if (footnote !== undefined) return `[^${footnote}]`
  const target = linkTarget(link)
  const mark = `${bold ? '**' : ''}${italic ? '*' : ''}`
  // Marks stand between this piece and the next one, which a space does as well.
  const escaped = mark !== '' || target ? escapeText(`${text} `).slice(0, -1) : escapeText(text)
  const core = escaped.trim()
  if (core === '') return escaped
  // In the text of a link, a bracket would end it.
  const marked = `${mark}${target ? core.replace(/\\.|[[\]]/gs, (one) => (one.length > 1 ? one : `\\${one}`)) : core}${reversed(mark)}`
  const start = escaped.indexOf(core)
  return `${escaped.slice(0, start)}${target ? `[${marked}](${target})` : marked}${escaped.slice(start + core.length)}`
}

const reversed = (mark: string): string => [...mark].reverse().join('')
