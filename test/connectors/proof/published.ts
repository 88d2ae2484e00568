import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { didYouMean } from '../../../src/base/close-names.js'

/** The published catalogue as a file; `shared/spec/catalog.md` says how it is read. Only what the tests look at stands here. */
export interface PublishedConnector {
  connector: string
  title: string
  base_url: string | null
  hosts?: Readonly<Record<string, string>>
  link_scopes?: readonly string[]
  actions: readonly PublishedAction[]
}

export interface PublishedAction {
  name: string
  effect: string
  /** `METHOD /path`, `METHOD host:/path`, a Slack method, or words for what is put together of several requests; null: no request. */
  operation: string | null
  scopes: PublishedScopes
  shaped: boolean
  filters?: boolean
  paging: { kind: string; param?: string; alias?: string; size?: string }
  params: readonly PublishedParam[]
  default_fields?: readonly string[]
  constraints?: readonly string[]
  mcp_tool?: string
  /** It may go on after the call. */
  background?: boolean
}

export interface PublishedParam {
  name: string
  type: string
  required: boolean
  nullable?: boolean
  enum?: readonly unknown[]
  default?: unknown
  min?: number
  max?: number
  min_length?: number
  max_length?: number
  min_items?: number
  max_items?: number
  format?: string
  pattern?: string
  alias_of?: string
  /** The vendor's name; null: not sent. */
  to?: string | null
  fields?: readonly PublishedParam[]
}

/** A clause of the scopes, and further ones that are needed, too. */
export interface PublishedScopes {
  all?: readonly string[]
  any?: readonly string[]
  when?: string
  for?: string
  also?: readonly PublishedScopes[]
}

const FILE = new URL('../../../../shared/spec/catalog.json', import.meta.url)

/** The published catalogue; undefined, with a line on stderr, where it is not at hand. */
export const published: readonly PublishedConnector[] | undefined = read()

function read(): PublishedConnector[] | undefined {
  if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8')) as PublishedConnector[]
  process.stderr.write(
    `Connectors are not held against the published catalogue: ${fileURLToPath(FILE)} is not there.\n`,
  )
  return undefined
}

/**
 * The published connector that this one seems to be under a wrong name: one called almost the same, or at the same address.
 * @returns undefined for a connector that the catalogue has, or has nothing like
 */
export function misnamed(
  { name, baseUrl }: { name: string; baseUrl?: string | undefined },
  listed: readonly PublishedConnector[],
): string | undefined {
  if (listed.some(({ connector }) => connector === name)) return undefined
  const atAddress = listed.find(({ base_url }) => base_url !== null && base_url === baseUrl)
  if (atAddress) return `it is not published, and ${atAddress.connector} is at its address`
  const close = didYouMean(
    name,
    listed.map(({ connector }) => connector),
  )
  return close === '' ? undefined : `it is not published${close}`
}

/** What the published catalogue says about an action; undefined where it does not list it. */
export const publishedAction = (connector: string, action: string): PublishedAction | undefined =>
  published?.find((entry) => entry.connector === connector)?.actions.find(({ name }) => name === action)
