import type { ErrorCode } from '../../base/errors.js'
import { ERRORS, isErrorCode } from '../index.js'
import type { Access, Operation, OperationGroup, OperationResponse } from './operation.js'
import { OPERATION_GROUPS } from './routes/index.js'
import { type JsonSchema, RouteSchemas, reference } from './schemas.js'

type Json = Record<string, unknown>

export interface OpenApiDocument {
  openapi: '3.1.1'
  info: Json
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Json>>
  components: Json
}

/** What a request needs, and what goes wrong without it. */
const ACCESS: Record<Access, { security: Json[]; codes: readonly ErrorCode[] }> = {
  administrator: { security: [{ administratorKey: [] }], codes: ['INVALID_API_KEY'] },
  client: { security: [{ clientKey: [] }], codes: ['INVALID_API_KEY'] },
  login: { security: [{}, { clientKey: [] }], codes: ['INVALID_API_KEY'] },
  user: {
    security: [{ userToken: [] }, { userToken: [], clientKey: [] }],
    codes: ['INVALID_TOKEN', 'INVALID_API_KEY'],
  },
  token: { security: [{ userToken: [] }], codes: ['INVALID_TOKEN'] },
  public: { security: [], codes: [] },
}

const SECURITY_SCHEMES = {
  clientKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The key of a client.' },
  administratorKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The key of the administrator.' },
  userToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The token of a user.' },
}

const TEXT = { type: 'string' }
const PARAMETERS = {
  errorContract: {
    name: 'X-GL-Error-Contract',
    in: 'header',
    description: 'The error contract to apply; 1 by default.',
    schema: { enum: ['1', '2'] },
  },
  requestId: { name: 'X-Request-ID', in: 'header', description: 'Kept if it is well formed.', schema: TEXT },
  integration: {
    name: 'X-Integration',
    in: 'header',
    description: 'The account to act with; the default account by default.',
    schema: TEXT,
  },
  readOnly: {
    name: 'X-Read-Only',
    in: 'header',
    description:
      '`true`: the call may only read. An action that could do more, and `callback_urls`, are refused with `FORBIDDEN` before anything is done. `read_only` of an action in `GET /connectors/` says that it can be called so.',
    schema: { enum: ['true', 'false'] },
  },
}
/** Those that only the call of an action has. */
const OF_ACTIONS: ReadonlySet<string> = new Set(['integration', 'readOnly'])

const HEADERS = {
  'X-Request-ID': { description: 'The id of the request.', schema: TEXT },
  'X-GL-Error-Contract': { description: 'The error contract that was applied.', schema: { enum: ['1', '2'] } },
  'Retry-After': { description: 'Seconds to wait before trying again.', schema: { type: 'integer', minimum: 0 } },
  'X-Acted-As': { description: 'The account that acted.', schema: TEXT },
}
const header = (name: keyof typeof HEADERS): Json => ({ [name]: { $ref: `#/components/headers/${name}` } })
const EVERY_HEADER = { ...header('X-Request-ID'), ...header('X-GL-Error-Contract') }

/** The errors that any route can have, from this service rather than a third party. */
const ANYWHERE = Object.keys(ERRORS)
  .filter(isErrorCode)
  .filter((code) => [500, 503].includes(ERRORS[code].status))

/**
 * The API as an OpenAPI 3.1 document, without `servers`: the code that serves it adds the address.
 * @param version the version of the service
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(version: string): OpenApiDocument {
  const schemas = new RouteSchemas(OPERATION_GROUPS.flatMap(({ operations }) => operations))
  const paths: OpenApiDocument['paths'] = {}
  for (const subject of OPERATION_GROUPS) {
    for (const operation of subject.operations) {
      const { path, alias, method, id } = operation
      paths[path] = { ...paths[path], [method]: describe(subject, operation, schemas) }
      if (alias === undefined) continue
      const twin = {
        ...operation,
        id: `${id}Alias`,
        summary: `Is \`${method.toUpperCase()} ${path}\` under another name`,
      }
      paths[alias] = { ...paths[alias], [method]: describe(subject, twin, schemas) }
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'connectors-mcp',
      version,
      description:
        'Accounts of users at third parties, and the actions of connectors. A name of an account or an action in a path can hold slashes, which stay as they are.',
    },
    tags: OPERATION_GROUPS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: SECURITY_SCHEMES,
      parameters: PARAMETERS,
      headers: HEADERS,
    },
  }
}

function describe(subject: OperationGroup, operation: Operation, schemas: RouteSchemas): Json {
  const { id, summary, description, access, path, query, body, answer } = operation
  return {
    operationId: id,
    tags: [subject.name],
    summary,
    ...(description === undefined ? {} : { description }),
    security: ACCESS[access].security,
    parameters: [
      ...pathParameters(path),
      ...(query ? queryParameters(schemas.of(query)) : []),
      ...Object.keys(PARAMETERS)
        .filter((name) => !OF_ACTIONS.has(name) || 'action' in answer)
        .map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(body ? { requestBody: requestBody(operation, schemas.of(body)) } : {}),
    responses: { 200: success(answer, schemas), ...others(operation) },
  }
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: TEXT }))

function queryParameters({ properties, required }: JsonSchema): Json[] {
  const needed = new Set(Array.isArray(required) ? required : [])
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: needed.has(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

function requestBody({ answer, form }: Operation, schema: JsonSchema): Json {
  if (form) return { required: true, content: { [form]: { schema } } }
  const withFile = 'action' in answer ? { 'multipart/form-data': { schema } } : {}
  return {
    required: schema.required !== undefined || schema.$ref !== undefined,
    content: { 'application/json': { schema }, ...withFile },
  }
}

const json = (schema: JsonSchema): Json => ({ 'application/json': { schema } })
const envelope = (data: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { data, meta: { type: 'null' } },
  required: ['data', 'meta'],
})

function success(answer: OperationResponse, schemas: RouteSchemas): Json {
  if ('page' in answer) return { description: 'A page.', headers: EVERY_HEADER, content: { 'text/html': {} } }
  if ('content' in answer) return { description: 'The file.', headers: EVERY_HEADER, content: { [answer.content]: {} } }
  if ('action' in answer) {
    return {
      description: 'The result, or a file with its content type.',
      headers: { ...EVERY_HEADER, ...header('X-Acted-As') },
      content: { ...json(schemas.of(answer.action)), '*/*': {} },
    }
  }
  if ('bare' in answer) return { description: 'Done.', headers: EVERY_HEADER, content: json(schemas.of(answer.bare)) }
  if ('data' in answer)
    return { description: 'Done.', headers: EVERY_HEADER, content: json(envelope(schemas.of(answer.data))) }
  return {
    description: 'Done. Under error contract 1 also `"success": false` where the user has no account of that name.',
    headers: EVERY_HEADER,
    content: json(envelope({ anyOf: [schemas.of(answer.account), reference('Outcome')] })),
  }
}

/** Every answer but 200: a redirect, a page that says what is wrong, or the envelope of failures by status. */
function others(operation: Operation): Json {
  const { answer } = operation
  if ('page' in answer) {
    const elsewhere = { description: 'The browser is redirected.', headers: EVERY_HEADER }
    return {
      ...(answer.redirects ? { 302: elsewhere, 303: elsewhere } : {}),
      default: { description: 'A page that says what is wrong.', headers: EVERY_HEADER, content: { 'text/html': {} } },
    }
  }
  const codes = codesOf(operation)
  const statuses = new Set(codes.map((code) => ERRORS[code].status))
  return Object.fromEntries(
    [...statuses].map((status) => [status, failure(codes.filter((code) => ERRORS[code].status === status))]),
  )
}

/** The codes a route can answer with, each once, in the order of the table of codes. */
export function codesOf({ access, query, body, codes = [] }: Operation): ErrorCode[] {
  const possible = new Set<ErrorCode>([
    ...ACCESS[access].codes,
    ...codes,
    ...ANYWHERE,
    ...(query || body ? (['INVALID_PARAMETERS'] as const) : []),
    ...(body ? (['TOO_LARGE'] as const) : []),
  ])
  return Object.keys(ERRORS)
    .filter(isErrorCode)
    .filter((code) => possible.has(code))
}

const failure = (codes: readonly ErrorCode[]): Json => ({
  description: codes.map((code) => `\`${code}\``).join(', '),
  headers: { ...EVERY_HEADER, ...(codes.some(mayBeRetried) ? header('Retry-After') : {}) },
  content: json({
    ...reference('Failure'),
    properties: { error: { properties: { code: { enum: codes } } } },
  }),
})

const mayBeRetried = (code: ErrorCode): boolean => [429, 503].includes(ERRORS[code].status)
