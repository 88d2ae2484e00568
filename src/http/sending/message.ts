import type { AnswerFields } from './answer-fields.js'

export interface SendRequest {
  method: string
  url: URL
  headers: Record<string, string>
  /** Not with GET and HEAD. */
  body?: string | Uint8Array
  /** Aborts when the caller has gone away; its reason is thrown. */
  signal?: AbortSignal
  /** Milliseconds for the whole exchange, redirects and body included. 30 000 by default. */
  timeoutMs?: number
  /** The largest body accepted, after decompression. Bytes; 32 MiB by default. */
  maxBytes?: number
  /**
   * True if a request that writes may follow one redirect that keeps its method and body (307, 308) and its origin.
   * By default a redirect of such a request is an error.
   */
  followWrite?: boolean
}

export interface SendResponse {
  status: number
  headers: AnswerFields
  /** Decompressed; empty if there is none. */
  body: Uint8Array
  /** Where redirects led, if there were any; `permanent` if all of them were (301, 308). */
  moved?: { url: URL; permanent: boolean }
}

/** A request on its way, to the address of which a redirect may have changed it. */
export interface Hop {
  method: string
  url: URL
  headers: Record<string, string>
  body?: string | Uint8Array | undefined
  /** The largest body accepted, in bytes. */
  maxBytes: number
}
