import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { actionEntries } from '../../src/api/answers/action-entries.js'
import { packagedConnectors } from '../../src/connectors/index.js'
import { type Connector, schemasOf, summaryOf } from '../../src/kit/index.js'
import { MAIN } from './build.js'
import { StdioProcess } from './stdio-process.js'

const DIST = dirname(MAIN)

/** What a chunk of the build exports. @param name of the source file that it was made from */
async function chunk(name: string): Promise<Record<string, unknown>> {
  const files = readdirSync(DIST).filter((file) => new RegExp(`^${name}-[A-Z0-9]{8}\\.js$`).test(file))
  const found = await Promise.all(files.map((file) => import(pathToFileURL(join(DIST, file)).href)))
  return Object.assign({}, ...found)
}

const byName = async <Made>(make: (connector: Connector) => Made): Promise<Record<string, Made>> =>
  Object.fromEntries(await Promise.all(packagedConnectors.map(async ({ name, load }) => [name, make(await load())])))

/** As JSON keeps it. */
const kept = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('the index of the build says of the connectors what their modules say', async () => {
  const { SUMMARIES_OF_BUILD } = await chunk('summaries')
  expect(JSON.parse(SUMMARIES_OF_BUILD as string)).toEqual(kept(await byName(summaryOf)))
  const { SCHEMAS_OF_BUILD } = await chunk('schemas')
  const schemas = Object.entries(SCHEMAS_OF_BUILD as Record<string, string>).map(([name, text]) => [
    name,
    JSON.parse(text),
  ])
  expect(Object.fromEntries(schemas)).toEqual(kept(await byName(schemasOf)))
})

test('from the index come the same two forms of every input as from the module', async () => {
  for (const connector of Object.values(await byName((each) => each))) {
    const entries = actionEntries(summaryOf(connector), schemasOf(connector))
    for (const { name, forms } of connector.actions) {
      const { full, conservative } = forms()
      // An action that takes nothing says so by leaving both out.
      const takesNothing = Object.keys(conservative.properties).length === 0
      expect(entries[name]?.request_body).toEqual(takesNothing ? undefined : full)
      expect(entries[name]?.parameters).toEqual(takesNothing ? {} : { request: { schema: conservative } })
    }
  }
})

/** Runs before the command, and writes down which files it imports. */
const WATCHED = `import { appendFileSync } from 'node:fs'
export const load = (url, context, next) => {
  appendFileSync(process.env.IMPORTED, url + '\\n')
  return next(url, context)
}`
const WATCHING = `import { register } from 'node:module'
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(WATCHED)}`)})`

/** The built server, and which connectors it has loaded so far. */
function watchedServer() {
  const home = mkdtempSync(join(tmpdir(), 'connectors-index-'))
  const imported = join(home, 'imported')
  const args = ['--import', `data:text/javascript,${encodeURIComponent(WATCHING)}`, MAIN]
  const server = new StdioProcess(args, { HOME: home, IMPORTED: imported })
  onTestFinished(async () => {
    await server.end()
    rmSync(home, { recursive: true, force: true })
  })
  const files = () =>
    readFileSync(imported, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:'))
  const loaded = () =>
    files().flatMap(
      (url) => /defineConnector\(\{name:"(\w+)"/.exec(readFileSync(fileURLToPath(url), 'utf8'))?.[1] ?? [],
    )
  return { server, loaded }
}

test('the built server lists, searches and describes connectors without loading any, and loads the one that is linked', async () => {
  const { server, loaded } = watchedServer()
  await server.call('register_user', { identifier: 'ada' })
  await server.call('list_connectors', {})
  const found = await server.call('search_actions', { query: 'report a bug in a repository' })
  expect(JSON.stringify(found.shown.actions)).toContain('"create_issue"')
  await server.call('describe_connector', { connector: 'github' })
  await server.call('list_integrations', {})
  expect(loaded()).toEqual([])
  await server.call('link_integration', { connector: 'github' })
  expect(loaded()).toEqual(['github'])
})
