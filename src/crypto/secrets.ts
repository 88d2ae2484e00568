import { randomToken } from '../base/random.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/
const API_KEY = 'sk-client-'
const USER_SECRET = 'sk-user-'

/**
 * The API key of a client: `sk-client-<base64 id>.<base64 name>.<secret>`, base64url without padding.
 * @param parts `secret` is 43 base64url characters; 32 random bytes by default
 */
export function formatApiKey(parts: { id: string; name: string; secret?: string }): string {
  return format(API_KEY, parts.id, parts.name, parts.secret)
}

/** The secret of a user: `sk-user-<base64 id>.<base64 identifier>.<secret>`, made as an API key is. */
export function formatUserSecret(parts: { id: string; identifier: string; secret?: string }): string {
  return format(USER_SECRET, parts.id, parts.identifier, parts.secret)
}

/** Whose API key this claims to be; undefined if it is malformed. Proves nothing: compare the hash. */
export function parseApiKey(text: string): { id: string } | undefined {
  const parts = parse(API_KEY, text)
  return parts && { id: parts.id }
}

/** Whose secret this claims to be; undefined if it is malformed. Proves nothing: compare the hash. */
export function parseUserSecret(text: string): { id: string; identifier: string } | undefined {
  const parts = parse(USER_SECRET, text)
  return parts && { id: parts.id, identifier: parts.name }
}

/** What may be shown of a user secret later: `sk-user-...` and its last 8 characters. */
export const secretPreview = (text: string): string => `${USER_SECRET}...${text.slice(-8)}`

function format(prefix: string, id: string, name: string, secret = randomToken()): string {
  return `${prefix}${encode(id)}.${encode(name)}.${secret}`
}

function parse(prefix: string, text: string): { id: string; name: string } | undefined {
  if (!text.startsWith(prefix)) return undefined
  const [encodedId, encodedName, secret, ...rest] = text.slice(prefix.length).split('.')
  const id = decode(encodedId)
  const name = decode(encodedName)
  if (id === undefined || name === undefined || !SECRET.test(secret ?? '') || rest.length > 0) return undefined
  return UUID.test(id) ? { id, name } : undefined
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url')

/** Undefined unless it is the one spelling that `encode` returns. */
function decode(encoded: string | undefined): string | undefined {
  const text = Buffer.from(encoded ?? '', 'base64url').toString('utf8')
  return encode(text) === encoded ? text : undefined
}
