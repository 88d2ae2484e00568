import type { z } from 'zod'
import type { ErrorCode } from '../../base/errors.js'

/**
 * Whose credential a route takes. `login`: a client's key or none; `token`: the user token alone, a key beside it is
 * ignored; `public`: none, and any that is sent is ignored.
 */
export type Access = 'administrator' | 'client' | 'login' | 'user' | 'token' | 'public'

/** What a route answers with 200. */
export type OperationResponse =
  /** `{"data": …, "meta": null}` */
  | { data: z.ZodType }
  /** The same for an account; under error contract 1 also that the user has none of that name. */
  | { account: z.ZodType }
  /** A body of JSON without an envelope. */
  | { bare: z.ZodType }
  /** Something that is not JSON, by its media type. */
  | { content: string }
  /** A page for browsers, HTML; `redirects` where the browser may be redirected instead. */
  | { page: true; redirects?: boolean }
  /** The result of an action: JSON, or a file. */
  | { action: z.ZodType }

/** One route of the API: what it takes, who may call it, and how it answers. */
export interface Operation {
  /** Unique; what a generated client calls it. */
  id: string
  method: 'get' | 'post' | 'put' | 'delete'
  /** A path template in OpenAPI's syntax. */
  path: string
  /** Another path with the same answers. */
  alias?: string
  summary: string
  description?: string
  access: Access
  query?: z.ZodObject
  body?: z.ZodType
  /** The media type of the body, where it is a form: of a page, or one with a file. */
  form?: 'application/x-www-form-urlencoded' | 'multipart/form-data'
  answer: OperationResponse
  /** What can go wrong here, in addition to the errors of its access, body and query. */
  codes?: readonly ErrorCode[]
}

/** One group of routes in the documentation. */
export interface OperationGroup {
  name: string
  description: string
  operations: readonly Operation[]
}
