import type { ServiceProof } from '../service/index.js'

/** Where a process says that it is one of ours. */
export const PROOF_PATH = '/connect/service.json'
const CHALLENGE = /^[A-Za-z0-9_-]{22,64}$/

/**
 * Answers the question by which a process finds out that it is another one on its own store which holds a port. What counts
 * is where this process listens, not what the request says: somebody in between can write any `Host`.
 * @param address host and port of the listener
 * @returns undefined for any other request
 */
export function answerProof(request: Request, proof: ServiceProof, address: string): Response | undefined {
  if (!request.url.includes(PROOF_PATH)) return undefined
  const { pathname, searchParams } = new URL(request.url)
  if (pathname !== PROOF_PATH || request.method !== 'GET') return undefined
  const challenge = searchParams.get('challenge') ?? ''
  const answer = CHALLENGE.test(challenge) ? proof.of(challenge, address) : null
  return Response.json({ data: { service: 'connectors-mcp', proof: answer }, meta: null })
}
