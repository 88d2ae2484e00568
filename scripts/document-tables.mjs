// Writes the tables of tools and connectors into docs/tools.md, those of routes and codes into docs/api.md, of families and hosts into
// docs/settings.md, and the pictures of who may import whom into docs/architecture.md, from what the source says:
// node scripts/document-tables.mjs
// With --check it writes nothing, and fails when a table is stale or the settings in docs/settings.md are not those of src/config.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { tsImport } from 'tsx/esm/api'
import { architectureSections } from './architecture-picture.mjs'

const root = resolve(import.meta.dirname, '..')
const load = (file) => tsImport(resolve(root, 'src', file), import.meta.url)

const [{ TOOLS }, { packagedConnectors }, { openApiDocument }, { ERRORS }, { connectorSettingNames }, importTable] =
  await Promise.all(
    [
      'mcp/tools/index.ts',
      'connectors/index.ts',
      'wire/openapi/document.ts',
      'wire/index.ts',
      'config/connectors.ts',
      '../test/architecture-table.ts',
    ].map(load),
  )
const connectors = await Promise.all(packagedConnectors.map((entry) => entry.load()))

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

const CREDENTIALS = {
  administratorKey: "the administrator's key",
  clientKey: 'API key',
  userToken: 'user token',
}
const document = openApiDocument('')

/** What has to be sent; where there are alternatives, the least. */
const credentialOf = ([least = {}]) =>
  Object.keys(least)
    .map((name) => CREDENTIALS[name])
    .join(', ')

/** Fields of the body and parameters of the query; those in brackets may be left out. */
const sentOf = ({ parameters, requestBody }) => {
  const { 'application/json': json, 'multipart/form-data': form } = requestBody?.content ?? {}
  const { schema = {} } = json ?? form ?? {}
  const body = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema
  const forms = body.oneOf ?? [body]
  const fields = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))
  const isNeeded = (name) => forms.every(({ required = [] }) => required.includes(name))
  return [
    ...[...fields].map((name) => (isNeeded(name) ? name : `[${name}]`)),
    ...parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, required }) => (required ? name : `[${name}]`)),
  ]
    .map(code)
    .join(' ')
}

const routesOf = (subject) =>
  table(
    ['Route', 'Credential', 'Takes', 'What it does'],
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { tags }]) => tags.includes(subject))
        .map(([method, operation]) => [
          code(`${method.toUpperCase()} ${path}`),
          credentialOf(operation.security),
          sentOf(operation),
          operation.summary,
        ]),
    ),
  )

const codesByStatus = () => {
  const statuses = [...new Set(Object.values(ERRORS).map(({ status }) => status))]
  const named = (status) => Object.keys(ERRORS).filter((name) => ERRORS[name].status === status)
  return table(
    ['Status', 'Codes'],
    statuses.map((status) => [String(status), named(status).map(code).join(', ')]),
  )
}

const ROUTE_TABLES = {
  ...Object.fromEntries(
    document.tags.filter(({ name }) => name !== 'Pages').map(({ name }) => [`routes: ${name}`, routesOf(name)]),
  ),
  codes: codesByStatus(),
}

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

const familyOf = ({ auth }) => auth.oauth2?.family
const settingOf = (name, setting) => code(`CONNECTORS_${name}_${setting}`.toUpperCase())

const SETTINGS_TABLES = {
  families: table(
    ['Settings', 'Connectors'],
    [...new Set(connectors.map(familyOf).filter(Boolean))].sort().map((family) => [
      settingOf(family, '…'),
      connectors
        .filter((connector) => familyOf(connector) === family)
        .map(({ name }) => code(name))
        .join(', '),
    ]),
  ),
  hosts: table(
    ['Setting', 'In place of'],
    connectors.flatMap(({ name, hosts = {} }) =>
      Object.entries(hosts).map(([host, address]) => [settingOf(name, `${host}_URL`), code(address)]),
    ),
  ),
}

/** @param file what it is called in a complaint */
function withTables(text, tables, file) {
  return Object.entries(tables).reduce((done, [name, written]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
    const [from, to] = [done.indexOf(begin), done.indexOf(end)]
    if (from === -1 || to < from) fail(`${file} lacks the markers ${begin} and ${end}.`)
    return `${done.slice(0, from + begin.length)}\n${written}\n${done.slice(to)}`
  }, text)
}

/** Settings that docs/settings.md does not name, and names there that are not settings. */
function wrongSettings(text) {
  const folder = resolve(root, 'src/config')
  const config = readdirSync(folder)
    .map((file) => readFileSync(resolve(folder, file), 'utf8'))
    .join('\n')
  const general = [...config.matchAll(/'(CONNECTORS_[A-Z_]+)'/g)].map(([, name]) => name)
  const ofAnyConnector = connectorSettingNames([{ name: 'name' }])
  const known = new Set([...general, ...ofAnyConnector, ...connectorSettingNames(packagedConnectors)])
  const named = new Set(text.match(/\bCONNECTORS_[A-Z_]+[A-Z]\b/g))
  const needed = [...general, ...ofAnyConnector]
  return [...needed.filter((name) => !named.has(name)), ...[...named].filter((name) => !known.has(name))]
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}

const isCheck = process.argv.includes('--check')
for (const [file, tables] of [
  ['docs/tools.md', TABLES],
  ['docs/api.md', ROUTE_TABLES],
  ['docs/settings.md', SETTINGS_TABLES],
  ['docs/architecture.md', architectureSections(importTable, table)],
]) {
  const path = resolve(root, file)
  const before = readFileSync(path, 'utf8')
  const after = withTables(before, tables, file)
  if (!isCheck) writeFileSync(path, after)
  else if (after !== before) fail(`The tables in ${file} are stale; run "node scripts/document-tables.mjs".`)
}
if (isCheck) {
  const wrong = wrongSettings(readFileSync(resolve(root, 'docs/settings.md'), 'utf8'))
  if (wrong.length > 0) fail(`docs/settings.md and src/config do not name the same settings: ${wrong.join(', ')}.`)
}
