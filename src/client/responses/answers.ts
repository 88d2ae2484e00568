import type { z } from 'zod'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import { essence } from '../../http/media-type.js'
import { type ActionEntry, actionEntry, type ConnectorSchemas } from '../../wire/catalogue.js'
import { HEADER } from '../../wire/headers.js'
import type { ResponseReader } from '../requests/transport.js'
import { outOfContract, refusedWithSuccess } from './error-response.js'
import { type ClientFile, readFile } from './files.js'

/** The JSON result of an action. */
export type ActionResult = {
  data: Json
  meta: JsonObject | null
  /** The account that acted; null if none did or the service does not say. */
  actedAs: string | null
}

/** Reads a response whose body matches the schema. @throws UPSTREAM_ERROR in the reader, when it does not match */
export const wholeBody =
  <Schema extends z.ZodType>(schema: Schema): ResponseReader<z.output<Schema>> =>
  async (response) =>
    parse(schema, await readJson(response), response)

/** Reads a response whose field `data` matches the schema. @throws UPSTREAM_ERROR in the reader, when it does not match */
export const dataField =
  <Schema extends z.ZodType>(schema: Schema): ResponseReader<z.output<Schema>> =>
  async (response) =>
    parse(schema, await readDataField(response), response)

/**
 * As `dataField`, for the three routes that answer an unknown account with 200 under error contract 1. An old service does so
 * for any requested contract.
 * @throws INTEGRATION_NOT_FOUND in the reader for that response, UPSTREAM_ERROR when it does not match
 */
export const accountDataField =
  <Schema extends z.ZodType>(schema: Schema): ResponseReader<z.output<Schema>> =>
  async (response, context) => {
    const found = await readDataField(response)
    if (isPlainObject(found) && found.success === false) {
      throw refusedWithSuccess(response, found.error ?? found.message, context())
    }
    return parse(schema, found, response)
  }

/**
 * Reads the response of an action: JSON, or a file for every other media type. The result itself is not validated.
 * @throws UPSTREAM_ERROR when it is JSON but not an object with `data`
 */
export async function readActionResult(response: Response): Promise<ActionResult | ClientFile> {
  if (essence(response.headers.get('content-type')) !== 'application/json') return readFile(response)
  return { ...(await readKeptResult(response)), actedAs: response.headers.get(HEADER.actedAs) }
}

/** Reads a result that was kept. It is not validated. @throws UPSTREAM_ERROR when it is not a JSON object with `data` */
export async function readKeptResult(response: Response): Promise<Omit<ActionResult, 'actedAs'>> {
  const body = await readJson(response)
  if (!isPlainObject(body) || !('data' in body)) throw outOfContract(response)
  // Both come out of a JSON parser.
  return { data: body.data as Json, meta: isPlainObject(body.meta) ? (body.meta as JsonObject) : null }
}

/** Reads the schemas. An invalid action is left out, so that one bad entry does not hide every connector. */
export async function readSchemas(response: Response): Promise<ConnectorSchemas> {
  const body = await readJson(response)
  if (!isPlainObject(body)) throw outOfContract(response)
  return Object.fromEntries(Object.entries(body).map(([connector, actions]) => [connector, fittingActions(actions)]))
}

function fittingActions(actions: unknown): Record<string, ActionEntry> {
  const entries = Object.entries(isPlainObject(actions) ? actions : {}).flatMap(([name, entry]) => {
    const parsed = actionEntry.safeParse(entry)
    return parsed.success ? [[name, parsed.data] as const] : []
  })
  return Object.fromEntries(entries)
}

async function readDataField(response: Response): Promise<unknown> {
  const body = await readJson(response)
  if (!isPlainObject(body) || !('data' in body)) throw outOfContract(response)
  return body.data
}

/** A parser's message quotes the text it failed on, so it is not passed on. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    throw error instanceof SyntaxError ? outOfContract(response) : error
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, response: Response): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.slice(0, 5)
  throw outOfContract(
    response,
    faults.map(({ path, code }) => ({ field: path.map(String).join('.') || '(the whole answer)', message: code })),
  )
}
