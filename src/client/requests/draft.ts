import type { ExecuteOptions } from '../fluent.js'
import type { ActionParams } from './request-body.js'
import type { WireRequest } from './transport.js'

/** A request before its time limit is known. */
export type Draft = Omit<WireRequest, 'timeoutMs' | 'signal'>

/** Public routes ignore credentials, so none are sent. */
export const publicRoute = (path: string): Draft => ({ method: 'GET', path, subject: 'public' })

/** The query of a path, with its question mark; values that are undefined are left out. */
export function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

/** The parameters of an action, with what is to become of its result. */
export function shapedParams({ params = {}, responseFields, responseFilters }: ExecuteOptions): ActionParams {
  if (!responseFields && !responseFilters) return params
  return {
    ...params,
    ...(responseFields ? { response_fields: responseFields } : {}),
    ...(responseFilters ? { response_filters: responseFilters } : {}),
  }
}
