import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startDeadline } from '../base/deadline.js'
import type { Config } from '../config/index.js'
import { packagedConnectors } from '../connectors/index.js'
import type { Connector } from '../kit/connector.js'

/** The name by which a person's module imports the kit, wherever the module is stored. */
const PACKAGE = 'connectors-mcp'
/** A module that awaits something for longer than this while it loads counts as broken. Milliseconds. */
const LOADING_TIME = 10_000
/** The most characters of what a module threw that are shown. */
const REASON_LENGTH = 300

/** The result of loading a person's own connector files. */
export interface OwnConnectors {
  connectors: Connector[]
  /** The files that could not be used, completely or in part. */
  failures: ConnectorFileFailure[]
}

/** A file of which at least one connector could not be used. */
export interface ConnectorFileFailure {
  file: string
  /** Why, as a sentence; it may quote what the module threw. */
  reason: string
}

/** What the package's name resolves to: next to this code when built, one folder up in the source tree. */
const packageEntry = (): URL => new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js', import.meta.url)

/**
 * Loads a person's own connectors. A module may be stored anywhere; it imports the kit by the package's name,
 * which resolves to this very package, so that both share one kit. A file that cannot be used does not affect the others;
 * it is reported on standard error.
 */
export async function loadOwnConnectors(config: Config, files: readonly string[]): Promise<OwnConnectors> {
  const own: OwnConnectors = { connectors: [], failures: [] }
  if (files.length === 0) return own
  register(resolveHook(packageEntry()))
  const names = new Set(packagedConnectors.map(({ name }) => name))
  for (const file of files) {
    const found = await load(config.expandedPath(file))
    if (typeof found === 'string') own.failures.push({ file, reason: found })
    else
      for (const connector of found) {
        if (names.has(connector.name))
          own.failures.push({ file, reason: `A connector named ${connector.name} exists already; rename this one.` })
        else own.connectors.push(connector)
        names.add(connector.name)
      }
  }
  for (const { file, reason } of own.failures)
    process.stderr.write(`connectors-mcp: The connector file ${file} is left out. ${reason}\n`)
  return own
}

/** @returns the connectors that a module exports, or why there are none */
async function load(file: string): Promise<Connector[] | string> {
  const deadline = startDeadline(LOADING_TIME)
  try {
    const loading = import(pathToFileURL(resolve(file)).href) as Promise<Record<string, unknown>>
    const module = await Promise.race([loading, deadline.passed()])
    if (module === undefined) return `It did not load within ${LOADING_TIME / 1000} seconds.`
    const found = [...new Set(Object.values(module).filter(isConnector))]
    return found.length > 0 ? found : 'It exports no connector; export what defineConnector() returns.'
  } catch (error) {
    return `It cannot be loaded: ${reasonOf(error)}`
  } finally {
    deadline.end()
  }
}

/** On one line, for a terminal or a log. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : 'it threw no Error')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, REASON_LENGTH)

const isConnector = (value: unknown): value is Connector =>
  typeof value === 'object' && value !== null && 'byName' in value && value.byName instanceof Map && 'actions' in value

/** @see https://nodejs.org/docs/latest-v20.x/api/module.html#resolvespecifier-context-nextresolve */
const resolveHook = (entry: URL): string => {
  const source = `export const resolve = (specifier, context, next) =>
    specifier === ${JSON.stringify(PACKAGE)} ? { url: ${JSON.stringify(entry.href)}, shortCircuit: true } : next(specifier, context)`
  return `data:text/javascript,${encodeURIComponent(source)}`
}
