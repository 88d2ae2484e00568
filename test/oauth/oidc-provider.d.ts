/** What we use of `oidc-provider`, which comes without types. @see https://github.com/panva/node-oidc-provider */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    callback(): RequestListener
  }
}
