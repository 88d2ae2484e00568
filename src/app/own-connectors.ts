import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConnectorsError } from '../base/errors.js'
import type { Connector } from '../kit/define.js'

/** The name a person's module imports the kit by, wherever the module is kept. */
const PACKAGE = 'connectors-mcp'

/** What the package's name resolves to: beside this code when built, one folder up in the source tree. */
const packageEntry = (): URL => new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js', import.meta.url)

/**
 * Loads connectors of a person's own. A module is found wherever it is kept; it imports the kit by the package's name,
 * which resolves to this very package, so that both share one kit.
 * @throws MISCONFIGURED for a file that cannot be loaded or defines no connector
 */
export async function loadOwnConnectors(files: readonly string[]): Promise<Connector[]> {
  if (files.length === 0) return []
  register(resolveHook(packageEntry()))
  const loaded: Connector[] = []
  for (const file of files) loaded.push(...(await load(file)))
  return loaded
}

async function load(file: string): Promise<Connector[]> {
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>
  } catch (error) {
    throw new ConnectorsError(
      'MISCONFIGURED',
      `The connector file ${file} cannot be loaded: ${error instanceof Error ? error.message : 'it threw'}`,
      { cause: error },
    )
  }
  const found = [...new Set(Object.values(module).filter(isConnector))]
  if (found.length === 0)
    throw new ConnectorsError(
      'MISCONFIGURED',
      `The file ${file} exports no connector; export what defineConnector() returns.`,
    )
  return found
}

const isConnector = (value: unknown): value is Connector =>
  typeof value === 'object' && value !== null && 'byName' in value && value.byName instanceof Map && 'actions' in value

/** @see https://nodejs.org/docs/latest-v20.x/api/module.html#resolvespecifier-context-nextresolve */
const resolveHook = (entry: URL): string => {
  const source = `export const resolve = (specifier, context, next) =>
    specifier === ${JSON.stringify(PACKAGE)} ? { url: ${JSON.stringify(entry.href)}, shortCircuit: true } : next(specifier, context)`
  return `data:text/javascript,${encodeURIComponent(source)}`
}
