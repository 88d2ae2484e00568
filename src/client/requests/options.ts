import type { Clock } from '../../base/clock.js'
import { LONGEST_DEADLINE } from '../../base/deadline.js'
import { invalidParameters } from '../../base/errors.js'
import type { Secret } from '../../base/secret.js'
import type { ErrorContract } from '../../wire/headers.js'
import type { ClientFetch } from '../fetch.js'
import type { UserToken } from './names.js'
import type { Sleep } from './retry.js'

export interface ClientOptions {
  /** Where the service is; a path prefix and a slash at the end are fine. */
  baseUrl: string
  /** The key of the client, in the API's sense: the team or application. For `createClient` the administrator's. */
  apiKey?: Secret | string | undefined
  /** The user token of calls without their own. */
  userToken?: UserToken | undefined
  /** How requests are sent; through a pool of connections of this process by default. */
  fetch?: ClientFetch | undefined
  /** 2 by default. */
  errorContract?: ErrorContract | undefined
  /** Milliseconds for every call without its own limit, in place of 10 s, 30 s, and 40 s for actions; 0 means no limit. */
  timeoutMs?: number | undefined
  /** How to wait before a retry; for tests. */
  sleep?: Sleep | undefined
  clock?: Clock | undefined
}

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call; its reason is thrown. */
  signal?: AbortSignal | undefined
  /** Milliseconds for the whole call; 0 means no limit. */
  timeoutMs?: number | undefined
}

export interface OAuthLink extends CallOptions {
  /** Where the person's browser ends. */
  callbackUrl: string
  /** True: an account of the same name gets the new credentials. False by default. */
  replaceDuplicate?: boolean | undefined
}

export interface PageLink extends CallOptions {
  /** Where the person's browser ends; the service's own page by default. */
  callbackUrl?: string | undefined
  /**
   * True: an account of the same name gets the new credentials; false: the link fails. By default the same account gets
   * them, and for another one the page asks. An older service replaces it by default.
   */
  replaceDuplicate?: boolean | undefined
  /** True: no browser on the machine of the service is needed; the person types in a code on any device. */
  device?: boolean | undefined
  /** What is filled into the form of the page, for the person to check; no secrets. */
  prefill?: Readonly<Record<string, string | number | boolean | null>> | undefined
}

export interface LinkStatusQuery extends CallOptions {
  /** Whole seconds to wait for the link to end, 0 to 25; 0 by default. */
  wait?: number | undefined
}

export interface CustomLink extends CallOptions {
  /** The fields the connector asks for. */
  configuration: Readonly<Record<string, unknown>>
  /** True: an account of the same name gets the new credentials. False by default. */
  replaceDuplicate?: boolean | undefined
  /**
   * True: only the same account gets the new credentials, and it stays read-only if it is. A service that does not know
   * this option refuses every account of the same name.
   */
  replaceSame?: boolean | undefined
}

interface Slice extends CallOptions {
  /** 1 to 200. */
  limit?: number | undefined
  offset?: number | undefined
}

export interface CatalogToolsQuery extends Slice {
  /** Part of a name or description, case-insensitive. */
  q?: string | undefined
  connector?: string | undefined
  category?: string | undefined
}

export interface CatalogMcpQuery extends Slice {
  q?: string | undefined
  category?: string | undefined
}

export interface CatalogSkillsQuery extends Slice {
  q?: string | undefined
  source?: 'agent' | 'openclaw' | undefined
}

export type SkillsQuery = Slice

export interface SearchOptions extends CallOptions {
  /** All three by default. */
  kinds?: readonly ('tools' | 'mcp' | 'skills')[] | undefined
  /** The most items of each kind. */
  count?: number | undefined
  /** Names of the connectors to search; all by default. Another service may search all of them nevertheless. */
  connectors?: readonly string[] | undefined
  /** What the actions may do to data; anything by default. Another service may ignore it. */
  effect?: readonly ('read' | 'create' | 'update' | 'delete')[] | undefined
}

/** @throws INVALID_PARAMETERS unless it is a number of milliseconds between 0 (no limit) and 2^31 - 1 */
export function checkedTimeout(timeoutMs: number): number {
  if (timeoutMs >= 0 && timeoutMs <= LONGEST_DEADLINE) return timeoutMs
  throw invalidParameters(
    'timeoutMs must be a number of milliseconds between 0, which means no limit, and 2147483647.',
    [{ field: 'timeoutMs', message: 'must be between 0 and 2147483647' }],
  )
}
