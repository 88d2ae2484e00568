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
  /** The user token of calls that are given none. */
  userToken?: UserToken | undefined
  /** How requests are sent; a pool of connections of this process unless given. */
  fetch?: ClientFetch | undefined
  /** 2 unless given. */
  errorContract?: ErrorContract | undefined
  /** Milliseconds for every call that says nothing else, in place of 10 s, 30 s, and 40 s for actions; 0 means no limit. */
  timeoutMs?: number | undefined
  /** How waits before a replay pass; for tests. */
  sleep?: Sleep | undefined
  clock?: Clock | undefined
}

/** What every call may say besides. */
export interface CallOptions {
  /** Gives the call up; its reason is thrown. */
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
  /** Where the person's browser ends; the service's own page unless given. */
  callbackUrl?: string | undefined
  /**
   * True: an account of the same name gets the new credentials; false: the link fails. By default that depends on whether it is the
   * same account; for another one the page asks. A service that is older replaces it by default.
   */
  replaceDuplicate?: boolean | undefined
  /** True: no browser on the machine of the service is needed; the person types in a code on any device. */
  device?: boolean | undefined
  /** What is filled into the form of the page, for the person to check; no secrets. */
  prefill?: Readonly<Record<string, string | number | boolean | null>> | undefined
}

export interface LinkStatusQuery extends CallOptions {
  /** Whole seconds to wait for the link to end, 0 to 25; 0 unless given. */
  wait?: number | undefined
}

export interface CustomLink extends CallOptions {
  /** The fields the connector asks for. */
  configuration: Readonly<Record<string, unknown>>
  /** True: an account of the same name gets the new credentials. False by default. */
  replaceDuplicate?: boolean | undefined
  /**
   * True: that is so where it is the same account, and stays read-only if it is. A service that does not know this wish refuses
   * every account of the same name.
   */
  replaceSame?: boolean | undefined
}

interface Slice extends CallOptions {
  /** 1 to 200. */
  limit?: number | undefined
  offset?: number | undefined
}

export interface CatalogToolsQuery extends Slice {
  /** Part of a name or description, in any case. */
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
  /** All three unless given. */
  kinds?: readonly ('tools' | 'mcp' | 'skills')[] | undefined
  /** The most items of each kind. */
  count?: number | undefined
}

/** @throws INVALID_PARAMETERS unless it is a number of milliseconds from 0 (no limit) to 2^31 - 1 */
export function checkedTimeout(timeoutMs: number): number {
  if (timeoutMs >= 0 && timeoutMs <= LONGEST_DEADLINE) return timeoutMs
  throw invalidParameters('timeoutMs is a number of milliseconds from 0, which means no limit, to 2147483647.', [
    { field: 'timeoutMs', message: 'is not from 0 to 2147483647' },
  ])
}
