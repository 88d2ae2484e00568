/** A row as a tool answers it. */
export type Row = Record<string, unknown>

/** The longest line. Characters. */
const WIDTH = 96
const INDENT = '   '

const write = (text: string): void => void process.stdout.write(`${text}\n`)
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, INDENT)

let steps = 0

/** A part of the story. */
export const chapter = (title: string): void => write(`\n${title}\n${'='.repeat(title.length)}`)

/** A numbered step. */
export function step(title: string): void {
  steps += 1
  write(`\n${steps}. ${title}`)
}

/** A tool call, as the agent makes it. */
export const toolCall = (tool: string, args: Row): void => write(`\n${indented(`> ${tool} ${json(args)}`)}`)

/** JSON on one line where it fits, else each member on its own. */
function json(value: unknown, indent = ''): string {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length < WIDTH) return line
  const inner = `${indent}  `
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${Array.isArray(value) ? '' : `${JSON.stringify(name)}: `}${json(member, inner)}`,
  )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${members.join(',\n')}\n${indent}${close}`
}

/** Sentences; long ones are broken into lines. */
export function say(text: string): void {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.pop()
    if (last === undefined) lines.push(word)
    else if (last.length + word.length < WIDTH) lines.push(`${last} ${word}`)
    else lines.push(last, word)
  }
  write(indented(lines.join('\n')))
}

/** The fields of an answer, one a line. */
export function fields(answer: Row): void {
  const width = Math.max(...Object.keys(answer).map((name) => name.length))
  write(
    indented(
      Object.entries(answer)
        .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`)
        .join('\n'),
    ),
  )
}

/** Rows as a table: numbers to the right, everything else to the left. */
export function table(rows: readonly Row[]): void {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columns = names.map((name) => {
    const cells = rows.map((row) => cell(row[name]))
    const width = Math.max(name.length, ...cells.map((text) => text.length))
    const isNumber = rows.length > 0 && rows.every((row) => typeof row[name] === 'number')
    return [name, '-'.repeat(width), ...cells].map((text) => (isNumber ? text.padStart(width) : text.padEnd(width)))
  })
  const lines = Array.from({ length: rows.length + 2 }, (_, line) => columns.map((column) => column[line] ?? ''))
  write(indented(lines.map((line) => line.join('  ').trimEnd()).join('\n')))
}

function cell(value: unknown): string {
  if (Array.isArray(value)) return value.map(cell).join(', ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** A page as a person sees it in a browser: its address, then its text in a frame. */
export function page({ address, lines }: { address: string; lines: readonly string[] }): void {
  const rule = `+${'-'.repeat(60)}`
  write(`\n${indented([address, rule, ...lines.map((line) => `| ${line}`), rule].join('\n'))}`)
}
