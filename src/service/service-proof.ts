import { sign, verifySignature } from '../crypto/index.js'
import type { Vault } from './vault.js'

/** Lets processes on one store recognise each other, and nobody else pose as one. */
export interface ServiceProof {
  /** Answers a random text as only a process on this store can. */
  of(challenge: string): string
  isProof(challenge: string, proof: string): boolean
}

export function createServiceProof(vault: Vault): ServiceProof {
  const key = vault.derived('service-proof')
  return {
    of: (challenge) => sign(key, challenge),
    isProof: (challenge, proof) => verifySignature(key, challenge, proof),
  }
}
