import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import addFormats from 'ajv-formats'
import { type Document, OpenAPIBackend, type Operation, type Request } from 'openapi-backend'
import { isPlainObject } from '../../src/base/json.js'
import { type Content, valuesOf } from './content.js'
import { type Schema, unknownMembers } from './described-members.js'
import type { Oracle, SeenRequest } from './harness.js'

const ROOT = new URL('../../', import.meta.url)
const SPECS = new URL('../shared/counterparts/specs/', ROOT)
/** GitHub's description of its REST API, as it publishes it. @see https://github.com/octokit/openapi */
export const GITHUB_REST = 'node_modules/@octokit/openapi/generated/api.github.com.json'

/** Where a description is: a name below `node_modules`, which every clone has, or below `shared/counterparts/specs`. */
export const placeOf = (file: string): URL => new URL(file, file.startsWith('node_modules/') ? ROOT : SPECS)

export interface OracleOptions {
  /** Known gaps of the description, each to be allowed by name: true lets the fault pass. */
  relax?: (fault: { path: string; keyword: string; params: Record<string, unknown>; place: string }) => boolean
  /** True for a vendor that takes every method as POST with a form, also those that are described as GET with a query. */
  formsForQueries?: boolean
  /** True for a vendor whose names may have several segments: `spaces/A/messages/B` for `{name}`. */
  longNames?: boolean
}

/** The vendor's OpenAPI description as a judge of requests. */
export interface Description {
  /** What is wrong with a request: unknown paths, query parameters and members, wrong enums, what is missing or mistyped. */
  faults: Oracle
  /** The schema of what a success answers with; undefined where that is not JSON, or not described. */
  answerSchema(request: SeenRequest): Schema | undefined
  /** The vendor's own example of what a success answers with; undefined where it gives none. */
  answerExample(request: SeenRequest): unknown
  /** The method that the operation of a request is described with, upper case. */
  method(request: SeenRequest): string | undefined
}

const opened = new Map<string, Promise<Description | undefined>>()

/**
 * Opens a description, once for each name.
 * @param file JSON, as of `placeOf`
 * @returns undefined, with a line on stderr, where the descriptions are not at hand; tests then do without
 */
export function openDescription(file: string, options: OracleOptions = {}): Promise<Description | undefined> {
  const known = options.relax ? undefined : opened.get(file)
  const description = known ?? readDescription(file, options)
  if (!options.relax) opened.set(file, description)
  return description
}

/** The faults that a description finds; undefined where the descriptions are not at hand. */
export const openApiOracle = async (file: string, options?: OracleOptions): Promise<Oracle | undefined> =>
  (await openDescription(file, options))?.faults

async function readDescription(
  file: string,
  { relax, formsForQueries = false, longNames = false }: OracleOptions,
): Promise<Description | undefined> {
  const url = placeOf(file)
  if (!existsSync(url)) {
    process.stderr.write(`Requests are not held against ${file}: ${fileURLToPath(SPECS)} is not there.\n`)
    return undefined
  }
  const api = new OpenAPIBackend({
    definition: withOneBodyType(JSON.parse(readFileSync(url, 'utf8'), nullAsAlternative)),
    quick: true,
    strict: false,
    coerceTypes: true,
    ajvOpts: { strict: false, allErrors: true, logger: false },
    customizeAjv: (ajv) => addFormats.default(ajv),
  })
  await api.init()
  const match = matcher(api.router.getOperations(), '[^/]+')
  const matchLong = longNames ? matcher(api.router.getOperations(), '.+') : match
  const find = ({ method, path }: SeenRequest): Operation | undefined =>
    match(method, path) ??
    matchLong(method, path) ??
    (formsForQueries && method === 'POST' ? match('GET', path) : undefined)

  const faults: Oracle = (request) => {
    const operation = find(request)
    if (!operation) return ['there is no such operation']
    const asked = asDescribed(request, operation)
    const found = api.validateRequest(asked, operation).errors ?? []
    return [
      ...found
        // That the template matches says that all its parts are there.
        .filter(({ keyword, instancePath }) => !(keyword === 'required' && instancePath === '/path'))
        .filter(({ keyword, params, instancePath: place }) => !relax?.({ path: request.path, keyword, params, place }))
        .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`),
      ...bodyFaults(operation, asked.body),
    ]
  }
  return {
    faults,
    answerSchema: (request: SeenRequest) => jsonOf(successOf(find(request)))?.schema,
    answerExample: (request: SeenRequest) => exampleOf(jsonOf(successOf(find(request)))),
    method: (request: SeenRequest) => find(request)?.method.toUpperCase(),
  }
}

/**
 * OpenAPI 3.0 says by `nullable` that a value may be null, which ajv refuses to compile where the schema has no `type` of its
 * own, as nine operations of GitHub's description have it. Null is an alternative then.
 * @see https://github.com/OAI/OpenAPI-Specification/blob/main/versions/3.0.3.md#fixed-fields-20
 */
function nullAsAlternative(_name: string, value: unknown): unknown {
  if (!isPlainObject(value) || value.nullable !== true || value.type !== undefined) return value
  const { nullable: _, ...schema } = value
  return { anyOf: [schema, { enum: [null] }] }
}

/** A body may be described under another media type than it is sent with: a Drive file under `application/octet-stream`. */
function withOneBodyType(definition: Document): Document {
  for (const path of Object.values(definition.paths ?? {})) {
    for (const operation of Object.values(path as Record<string, { requestBody?: { content?: object } }>)) {
      const { content } = operation.requestBody ?? {}
      const [schema] = Object.values(content ?? {})
      if (content && schema && !('application/json' in content)) Object.assign(content, { 'application/json': schema })
    }
  }
  return definition
}

/** Finds the operation of a request; of several the one with the most that is not a parameter. */
function matcher(operations: readonly Operation[], parameter: string) {
  const templates = operations
    .map((operation) => ({ operation, form: formOf(operation.path, parameter) }))
    .sort((a, b) => literals(b.operation.path) - literals(a.operation.path))
  return (method: string, path: string): Operation | undefined =>
    templates.find(({ operation, form }) => operation.method === method.toLowerCase() && form.test(path))?.operation
}

/** A template as a pattern of the paths it stands for. A parameter is a segment or a part of one. */
const formOf = (template: string, parameter: string): RegExp =>
  new RegExp(
    `^${template
      .split(/\{[^}]*\}/)
      .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join(parameter)}$`,
  )

const literals = (template: string): number => template.replaceAll(/\{[^}]*\}/g, '').length

/** The request as the validator reads it. Coercion writes into what it checks, so everything is copied. */
function asDescribed({ method, path, query, headers, content }: SeenRequest, operation: Operation): Request {
  const isMoved = method === 'POST' && String(operation.method) === 'get'
  const form = content && 'form' in content ? content.form : {}
  const body = isMoved ? undefined : payloadOf(content, bodySchemaOf(operation))
  const token = headers.authorization === undefined ? {} : { token: headers.authorization }
  return {
    method: isMoved ? 'GET' : method,
    path,
    query: { ...valuesOf(query), ...(isMoved ? form : {}), ...(isMoved && takesToken(operation) ? token : {}) },
    // Slack's description has the credential as a parameter of its own.
    headers: { ...token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: structuredClone(body) }),
  }
}

const takesToken = ({ parameters = [] }: Operation): boolean =>
  parameters.some((parameter) => 'name' in parameter && parameter.name === 'token' && parameter.in === 'query')

/** What of a body is described: a file is not. */
function payloadOf(content: Content, schema: Schema | undefined): unknown {
  if (content === undefined || 'json' in content) return content?.json
  if ('metadata' in content) return content.metadata
  if ('media' in content) return undefined
  const { properties = {} } = schema ?? {}
  return Object.fromEntries(
    Object.entries(content.form).map(([name, value]) => [name, coerced(value, properties[name]?.type)]),
  )
}

/** A form has only texts. */
function coerced(value: string | string[], type: unknown): unknown {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  const isNumber = (type === 'integer' || type === 'number') && value !== '' && Number.isFinite(Number(value))
  return isNumber ? Number(value) : value
}

/** Descriptions leave objects open, so members that no schema declares are looked for here. */
function bodyFaults(operation: Operation, body: unknown): string[] {
  if (body === undefined) return []
  const schema = bodySchemaOf(operation)
  if (!schema) return ['a body left, and the operation has none']
  return unknownMembers([schema], body).map((place) => `/requestBody${place} is not a member that is described`)
}

const bodySchemaOf = ({ requestBody }: Operation): Schema | undefined => jsonSchemaOf(requestBody)

interface DescribedJson {
  schema?: Schema
  example?: unknown
  examples?: Record<string, { value?: unknown }>
}

const successOf = (operation: Operation | undefined): unknown =>
  Object.entries(operation?.responses ?? {}).find(([status]) => /^2/.test(status))?.[1]

const jsonOf = (described: unknown): DescribedJson | undefined =>
  (described as { content?: Record<string, DescribedJson> } | undefined)?.content?.['application/json']

const jsonSchemaOf = (described: unknown): Schema | undefined => jsonOf(described)?.schema

/** Of several the first one counts. GitHub's description has an example inside an example. */
function exampleOf({ example, examples = {} }: DescribedJson = {}): unknown {
  const given = example ?? Object.values(examples)[0]?.value
  return isPlainObject(given) && Object.keys(given).join() === 'value' ? given.value : given
}
