/** The options of one request. The client follows redirects itself, since an API key must not reach another origin. */
export interface ClientFetchInit {
  method: string
  headers: Record<string, string>
  body?: string | FormData
  signal?: AbortSignal
  redirect?: 'manual'
}

/** Sends one request: the platform's fetch, or the service's own application in this process. */
export type ClientFetch = (url: string, init: ClientFetchInit) => Promise<Response>
