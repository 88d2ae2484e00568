// Writes the tables of tools and connectors into README.md, from what the source says: node scripts/readme-tables.mjs
// With --check it writes nothing, and fails when a table is stale or the settings named there are not those of src/config.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { tsImport } from 'tsx/esm/api'

const root = resolve(import.meta.dirname, '..')
const readme = resolve(root, 'README.md')
const load = (file) => tsImport(resolve(root, 'src', file), import.meta.url)

const [{ TOOLS }, { catalogue }] = await Promise.all([load('mcp/tools/index.ts'), load('connectors/index.ts')])
const connectors = await Promise.all(catalogue.map((entry) => entry.load()))

const cell = (text) => text.replaceAll('|', '\\|')
const code = (text) => `\`${text}\``
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')
const firstSentence = (text) => /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text

/** Arguments as they are written in a call; those in brackets may be left out. */
const argumentsOf = ({ input }) =>
  Object.entries(input.shape)
    .map(([name, schema]) => code(schema.safeParse(undefined).success ? `[${name}]` : name))
    .join(' ')

/** What agents are told of a tool, so that they ask their person before some. */
const hintOf = ({ annotations: { readOnlyHint, destructiveHint } }) =>
  readOnlyHint ? 'read-only' : destructiveHint ? 'destructive' : 'writes'

const linkedBy = ({ auth }) =>
  [
    ...(auth.oauth2 ? ['OAuth 2'] : []),
    ...(auth.custom ? [`configuration (${Object.keys(auth.custom.fields).map(code).join(', ')})`] : []),
  ].join(' or ') || 'needs no account'

const TABLES = {
  tools: table(
    ['Tool', 'Arguments', 'What it does', 'Hint'],
    TOOLS.map((tool) => [code(tool.name), argumentsOf(tool), firstSentence(tool.description), hintOf(tool)]),
  ),
  connectors: table(
    ['Connector', 'What for', 'Accounts are linked by', 'Actions'],
    connectors.map((connector) => [
      code(connector.name),
      connector.description.replace(/\.?$/, '.'),
      linkedBy(connector),
      connector.actions.map(({ name }) => code(name)).join(', '),
    ]),
  ),
}

function withTables(text) {
  return Object.entries(TABLES).reduce((done, [name, written]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [done.indexOf(begin), done.indexOf(end)]
    if (from === -1 || to < from) fail(`README.md lacks the markers ${begin} and ${end}.`)
    return `${done.slice(0, from + begin.length)}\n${written}\n${done.slice(to)}`
  }, text)
}

/** Settings that README.md does not name, and names there that are no settings. */
function wrongSettings(text) {
  const config = readFileSync(resolve(root, 'src/config/index.ts'), 'utf8')
  const general = [...config.matchAll(/'(CONNECTORS_[A-Z_]+)'/g)].map(([, name]) => name)
  const addresses = /ADDRESS_SETTINGS = \[([^\]]*)\]/.exec(config)?.[1].match(/[A-Z_]+/g) ?? []
  const suffixes = ['CLIENT_ID', 'CLIENT_SECRET', ...addresses]
  const known = new Set([
    ...general,
    ...['NAME', ...connectors.map(({ name }) => name.toUpperCase())].flatMap((name) =>
      suffixes.map((suffix) => `CONNECTORS_${name}_${suffix}`),
    ),
  ])
  const named = new Set(text.match(/\bCONNECTORS_[A-Z_]+[A-Z]\b/g))
  const needed = [...general, ...suffixes.map((suffix) => `CONNECTORS_NAME_${suffix}`)]
  return [...needed.filter((name) => !named.has(name)), ...[...named].filter((name) => !known.has(name))]
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}

const before = readFileSync(readme, 'utf8')
const after = withTables(before)
if (process.argv.includes('--check')) {
  if (after !== before) fail('The tables in README.md are stale; run "node scripts/readme-tables.mjs".')
  const wrong = wrongSettings(before)
  if (wrong.length > 0) fail(`README.md and src/config do not name the same settings: ${wrong.join(', ')}.`)
} else {
  writeFileSync(readme, after)
}
