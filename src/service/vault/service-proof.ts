import { sign, verifySignature } from '../../crypto/index.js'
import type { Vault } from './vault.js'

/** Lets processes on one store recognise each other, and no other program pose as one or stand in between. */
export class ServiceProof {
  readonly #key: Uint8Array

  constructor({ vault }: { vault: Vault }) {
    this.#key = vault.derived('service-proof')
  }

  /**
   * Answers a random text as only a process on this store can that listens there.
   * @param address host and port, as the one who asks connected to them: a proof for one does not hold for another
   */
  of(challenge: string, address: string): string {
    return sign(this.#key, signedText(challenge, address))
  }

  isProof(challenge: string, address: string, proof: string): boolean {
    return verifySignature(this.#key, signedText(challenge, address), proof)
  }
}

const signedText = (challenge: string, address: string): string => JSON.stringify([challenge, address])
