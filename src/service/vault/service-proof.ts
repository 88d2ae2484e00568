import { sign, verifySignature } from '../../crypto/index.js'
import type { Vault } from './vault.js'

/** Lets processes on one store recognise each other, and nobody else pose as one or stand in between. */
export interface ServiceProof {
  /**
   * Answers a random text as only a process on this store can that listens there.
   * @param address host and port, as the one who asks connected to them: a proof for one is none for another
   */
  of(challenge: string, address: string): string
  isProof(challenge: string, address: string, proof: string): boolean
}

export function createServiceProof(vault: Vault): ServiceProof {
  const key = vault.derived('service-proof')
  const text = (challenge: string, address: string): string => JSON.stringify([challenge, address])
  return {
    of: (challenge, address) => sign(key, text(challenge, address)),
    isProof: (challenge, address, proof) => verifySignature(key, text(challenge, address), proof),
  }
}
