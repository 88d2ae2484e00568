import { hashSecret, open, sameHash, seal } from '../crypto/index.js'

/** What sealed hashes call their key: a store has one, and it stays. */
const KEY_ID = 'hash'
const PURPOSE = 'secret hash'

/**
 * The hashes by which users' secrets and clients' API keys are known. The store holds them sealed, by a key that is not in
 * the store: who may write there can neither put in one of their own nor move one. They are not hashed by the key instead
 * because users move between stores with their secrets, whose hashes must then be had under another key.
 */
export class SecretHashes {
  readonly #key: Uint8Array
  /** Opened in the place of a row that is not there, so that this takes as long. */
  readonly #decoy: string

  /** @param vault derives the key from the root key, so that it stays when keys are rotated */
  constructor(vault: { derived(purpose: string): Uint8Array }) {
    this.#key = vault.derived('secret-hash')
    this.#decoy = this.seal([], hashSecret(''))
  }

  /** @param hash as `hashSecret` makes it */
  seal(context: readonly string[], hash: string): string {
    return seal(this.#key, KEY_ID, hash, [PURPOSE, ...context])
  }

  /** @throws INTERNAL for what was not sealed here, or for another row */
  open(context: readonly string[], sealed: string): string {
    return new TextDecoder().decode(open(this.#key, sealed, [PURPOSE, ...context]))
  }

  /**
   * Whether it is the secret. Never throws: what does not open fits no secret.
   * @param owner the row that holds the hash; undefined where there is none, which takes as long
   */
  matches(owner: { context: readonly string[]; sealed: string } | undefined, secret: string): boolean {
    const { context, sealed } = owner ?? { context: [], sealed: this.#decoy }
    return sameHash(hashSecret(secret), this.#opened(context, sealed)) && owner !== undefined
  }

  #opened(context: readonly string[], sealed: string): string {
    try {
      return this.open(context, sealed)
    } catch {
      return ''
    }
  }
}
