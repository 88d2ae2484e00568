import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
} from '@modelcontextprotocol/server'
import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { readJsonText } from '../json-text.js'
import { ERROR_CODE, type MessageRefusal } from './read-line.js'

/** The result of reading a message; `ignored` says why it is not answered. */
export type ReadMessage = { message: JSONRPCMessage } | { refusal: MessageRefusal } | { ignored: string }

type Members = Record<string, unknown>

/**
 * Turns parsed JSON into a message that the SDK accepts; it silently drops all others, and their sender would wait for
 * ever. Unambiguous mistakes are corrected: `null` for an absent member, an empty list for no parameters,
 * arguments as JSON text, members that JSON-RPC does not define. Everything else with an id is refused with that id.
 * @see https://www.jsonrpc.org/specification
 */
export function readMessage(value: unknown): ReadMessage {
  if (!isPlainObject(value))
    return refuse(
      value,
      ERROR_CODE.invalidRequest,
      'A message must be a JSON object, such as {"jsonrpc": "2.0", "id": 1, "method": "ping"}.',
    )
  if ((value.method ?? undefined) === undefined && ('result' in value || 'error' in value)) return readResponse(value)
  return isNotification(value) ? readNotification(value) : readRequest(value)
}

/** Some clients write `"id": null` into notifications, since their messages always have all members. */
const isNotification = ({ id, method }: Members): boolean =>
  typeof method === 'string' && (id === undefined || (id === null && method.startsWith('notifications/')))

function readResponse({ jsonrpc, id, result, error }: Members): ReadMessage {
  const response = { jsonrpc, ...present({ id, result, error }) }
  return isJSONRPCResponse(response) ? { message: response } : { ignored: 'The answer is not valid JSON-RPC.' }
}

function readNotification({ jsonrpc, method, params }: Members): ReadMessage {
  const read = readParams(method, params)
  if ('fault' in read) return { ignored: read.fault }
  const notification = { jsonrpc, method, ...read }
  return isJSONRPCNotification(notification)
    ? { message: notification }
    : { ignored: 'The notification is not valid JSON-RPC.' }
}

function readRequest(value: Members): ReadMessage {
  const { jsonrpc, id, method, params } = value
  const fault = headFault(value)
  if (fault !== undefined) return refuse(value, ERROR_CODE.invalidRequest, fault)
  const read = readParams(method, params)
  if ('fault' in read) return refuse(value, ERROR_CODE.invalidParams, read.fault)
  const request = { jsonrpc, id, method, ...read }
  // The SDK also checks the members of `_meta` that it knows.
  return isJSONRPCRequest(request)
    ? { message: request }
    : refuse(value, ERROR_CODE.invalidParams, 'The _meta of the params does not match the protocol.')
}

function headFault({ jsonrpc, id, method }: Members): string | undefined {
  if (jsonrpc !== '2.0') return 'The member jsonrpc of a message must be "2.0".'
  if (typeof method !== 'string') return 'The member method of a request must be a string, such as "tools/call".'
  if (typeof id !== 'string' && !Number.isSafeInteger(id))
    return 'The id of a request must be a string or a whole number up to 9007199254740991.'
  return undefined
}

/** @returns the parameters as a member, nothing if there are none, or what is wrong with them */
function readParams(method: unknown, params: unknown): { params?: Members } | { fault: string } {
  if (isNothing(params)) return {}
  if (!isPlainObject(params))
    return { fault: 'The params of a message must be an object, such as {"name": "list_connectors"}.' }
  const read = { ...params }
  const faults = [readMeta(read), method === 'tools/call' ? readArguments(read) : undefined]
  const fault = faults.find((found) => found !== undefined)
  return fault === undefined ? { params: read } : { fault }
}

/** Corrects `_meta` in place. @returns what is wrong with it */
function readMeta(params: Members): string | undefined {
  if (params._meta === null) delete params._meta
  const { _meta: meta } = params
  if (meta === undefined) return undefined
  if (!isPlainObject(meta)) return 'The _meta of the params must be an object.'
  const { progressToken, ...others } = meta
  if (progressToken === null) params._meta = others
  else if (progressToken !== undefined && typeof progressToken !== 'string' && !Number.isSafeInteger(progressToken))
    return 'The progressToken in _meta must be a string or a whole number.'
  return undefined
}

/** Corrects the arguments of a tool in place. @returns what is wrong with them */
function readArguments(params: Members): string | undefined {
  if (isNothing(params.arguments)) delete params.arguments
  if (typeof params.arguments !== 'string') return undefined
  try {
    const value = readJsonText(params.arguments)
    if (!isPlainObject(value)) return 'The arguments of a tool must be an object, such as {"connector": "…"}.'
    params.arguments = value
    return undefined
  } catch (error) {
    if (error instanceof ConnectorsError) return error.message
    throw error
  }
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

const present = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null))

function refuse(value: unknown, code: number, sentence: string): ReadMessage {
  const id = isPlainObject(value) ? value.id : undefined
  const idText = typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : 'null'
  return { refusal: { idText, code, sentence } }
}
