import { createEgressPolicy } from '../../src/http/egress.js'
import { createSend, type SendRequest } from '../../src/http/send.js'
import type { OAuthDeps } from '../../src/oauth/index.js'

/** The real way out, to loopback, and by the machine's clock unless told. */
export const network = (changes: Partial<OAuthDeps> = {}): OAuthDeps => ({ send, clock: Date.now, ...changes })

const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })

/** The same with the requests written down and a shorter patience. */
export function hastyNetwork(timeoutMs: number): { deps: OAuthDeps; requests: SendRequest[] } {
  const requests: SendRequest[] = []
  const deps = network({
    send: (request) => {
      requests.push(request)
      return send({ ...request, timeoutMs })
    },
  })
  return { deps, requests }
}

export const MINUTE = 60_000
