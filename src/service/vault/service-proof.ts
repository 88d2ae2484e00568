import { sign, verifySignature } from '../../crypto/index.js'
import type { Vault } from './vault.js'

/** Lets processes on one store recognise each other; no other program can pose as one of them or relay the proof. */
export class ServiceProof {
  readonly #key: Uint8Array

  constructor({ vault }: { vault: Vault }) {
    this.#key = vault.derived('service-proof')
  }

  /**
   * Signs a challenge with a key derived from the store, as only a process on this store can.
   * @param address host and port that the asking process connected to: a proof for one address is not valid for another
   */
  of(challenge: string, address: string): string {
    return sign(this.#key, signedText(challenge, address))
  }

  isProof(challenge: string, address: string, proof: string): boolean {
    return verifySignature(this.#key, signedText(challenge, address), proof)
  }
}

const signedText = (challenge: string, address: string): string => JSON.stringify([challenge, address])
