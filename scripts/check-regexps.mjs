// Fails when a regular expression of src can take more than linear time: node scripts/check-regexps.mjs
// What others write (bodies, header fields, answers of third parties, SQL) may be megabytes long, and one expression that
// goes back over it holds up everybody. Each literal and each `RegExp(…)` is judged by recheck. It judges one match from
// one place; a loop over matches or a walk over pieces it cannot see, so those have tests of their own.
// @see https://makenowjust-labs.github.io/recheck/docs/intro/introduction/
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve, sep } from 'node:path'
// Uses its program for this platform where npm has installed that, else the same in JavaScript, which takes 15 s.
import { check } from 'recheck'
import ts from 'typescript'

/** Milliseconds for one expression, so that the check itself ends. */
const LONGEST = 20_000

/**
 * Expressions that may stay though recheck calls them vulnerable or cannot tell, with the bound of the text that they
 * see. Key: the file below src and the expression as it stands there.
 */
const ALLOWED = new Map([['database/postgres/values.ts /\\.?0+$/', 'sees what toFixed(6) prints of a number']])

const root = resolve(import.meta.dirname, '../src')

/** Every expression of a file: its place, its text in the code, and pattern and flags where they stand there. */
function expressionsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found = []
  const add = (node, pattern, flags = '') => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    found.push({ file: relative(root, file).replaceAll(sep, '/'), line, text: node.getText(), pattern, flags })
  }
  const visit = (node) => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      add(node, node.text.slice(1, end), node.text.slice(end + 1))
    } else if (isRegExpCall(node)) {
      const [pattern, flags] = node.arguments ?? []
      const known = pattern && ts.isStringLiteralLike(pattern) && (!flags || ts.isStringLiteralLike(flags))
      if (known) add(node, pattern.text, flags?.text)
      // A literal inside is judged by itself.
      else if (!pattern || !ts.isRegularExpressionLiteral(pattern)) add(node, undefined)
    } else if (isTextAsPattern(node)) add(node, undefined)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const isRegExpCall = (node) =>
  (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === 'RegExp'

/** `text.match('a+')`: these methods make an expression of a text. */
const isTextAsPattern = (node) =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  ['match', 'matchAll', 'search'].includes(node.expression.name.text) &&
  node.arguments.length === 1 &&
  (ts.isStringLiteralLike(node.arguments[0]) || ts.isTemplateExpression(node.arguments[0]))

/** @returns undefined for one that takes linear time, else what is wrong with it */
async function faultOf({ pattern, flags }) {
  if (pattern === undefined) return 'is made of something that does not stand there as text'
  // `d` and `g` change nothing about one match; without `y` it is judged as a search, which is the worse case.
  const { status, complexity, attack, error } = await check(pattern, flags.replace(/[dg]/g, ''), {
    timeout: LONGEST,
    incubationTimeout: null,
    attackTimeout: null,
    seedingTimeout: null,
  })
  if (status === 'safe') return undefined
  if (status === 'unknown') return `cannot be judged (${error.kind}${error.message ? `: ${error.message}` : ''})`
  return `takes ${complexity.summary} time, as on ${attack.pattern.slice(0, 120)}`
}

/** As many at a time as there are processors: the time of one counts from its start, and on a busy machine all at once run out of it. */
async function judged(expressions) {
  const judgements = []
  let next = 0
  const judge = async () => {
    while (next < expressions.length) {
      const at = next++
      judgements[at] = await faultOf(expressions[at])
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, judge))
  return judgements
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const expressions = files.sort().flatMap((name) => expressionsOf(resolve(root, name)))
const judgements = await judged(expressions)
const unused = new Set(ALLOWED.keys())
const faults = expressions.flatMap(({ file, line, text }, index) => {
  const key = `${file} ${text}`
  const fault = judgements[index]
  if (fault === undefined || unused.delete(key) || ALLOWED.has(key)) return []
  return [`src/${file}:${line} ${text} ${fault}`]
})
const stale = [...unused].map(
  (key) => `ALLOWED in scripts/check-regexps.mjs names what is not there or is fine: ${key}`,
)
for (const fault of [...faults, ...stale]) process.stderr.write(`${fault}\n`)
process.stdout.write(`${expressions.length} regular expressions, ${faults.length} of them not linear\n`)
process.exitCode = faults.length + stale.length > 0 ? 1 : 0
