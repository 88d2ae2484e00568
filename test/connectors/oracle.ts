import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import addFormats from 'ajv-formats'
import { type Document, OpenAPIBackend } from 'openapi-backend'
import type { Oracle } from './harness.js'

const SPECS = new URL('../../../shared/counterparts/specs/', import.meta.url)

export interface OracleOptions {
  /** Known gaps of the description, each to be allowed by name: true lets the fault pass. */
  relax?: (fault: { path: string; keyword: string; params: Record<string, unknown>; place: string }) => boolean
}

/**
 * The vendor's OpenAPI description as a judge of requests: unknown paths and query parameters, wrong enums, missing or
 * mistyped members of a body.
 * @param file name under `shared/counterparts/specs`, JSON
 * @returns undefined, with a line on stderr, where the descriptions are not at hand; tests then do without
 */
export async function openApiOracle(file: string, { relax }: OracleOptions = {}): Promise<Oracle | undefined> {
  const url = new URL(file, SPECS)
  if (!existsSync(url)) {
    process.stderr.write(`Requests are not held against ${file}: ${fileURLToPath(SPECS)} is not there.\n`)
    return undefined
  }
  const api = new OpenAPIBackend({
    definition: JSON.parse(readFileSync(url, 'utf8')) as Document,
    quick: true,
    strict: false,
    coerceTypes: true,
    ajvOpts: { strict: false, allErrors: true, logger: false },
    customizeAjv: (ajv) => addFormats.default(ajv),
  })
  await api.init()
  return ({ method, path, query, content }) => {
    const request = {
      method,
      path,
      query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, valuesOf(query, name)])),
      headers: content === undefined ? {} : { 'content-type': 'application/json' },
      // Coercion writes into what it checks.
      body: structuredClone(content),
    }
    const operation = api.matchOperation(request)
    if (!operation) return ['there is no such operation']
    const faults = api.validateRequest(request, operation).errors ?? []
    return faults
      .filter(({ keyword, params, instancePath }) => !relax?.({ path, keyword, params, place: instancePath }))
      .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
  }
}

function valuesOf(query: URLSearchParams, name: string): string | string[] {
  const values = query.getAll(name)
  return values.length === 1 ? String(values[0]) : values
}
