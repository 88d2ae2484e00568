import { BoundedMap } from '../../base/bounded-map.js'
import { hashSecret, open, sameHash, seal } from '../../crypto/index.js'

/** What sealed hashes call their key: a store has one, and it stays. */
const KEY_ID = 'hash'
const PURPOSE = 'secret hash'

/** Whether it has the form of a sealed hash; proves nothing. */
export const isSealedHash = (text: string): boolean => text.startsWith(`v1.${KEY_ID}.`)

/**
 * The hashes by which users' secrets and clients' API keys are known. The store holds them sealed, by a key that is not in
 * the store: who may write there can neither put in one of their own nor move one. They are not hashed by the key instead
 * because users move between stores with their secrets, whose hashes must then be had under another key.
 */
export class SecretHashes {
  readonly #key: Uint8Array
  /** Opened in the place of a row that is not there, so that this takes as long. */
  readonly #decoy: string
  /** Opened hashes, by what they are bound to and how they are sealed. */
  readonly #kept: BoundedMap<string, string> | undefined

  /**
   * @param vault derives the key from the root key, so that it stays when keys are rotated
   * @param keep how many opened hashes are remembered: for those that every request asks for. A row that is remembered
   * takes less time than one that is not there
   */
  constructor(vault: { derived(purpose: string): Uint8Array }, keep = 0) {
    this.#kept = keep > 0 ? new BoundedMap(keep) : undefined
    this.#key = vault.derived('secret-hash')
    this.#decoy = this.seal([], hashSecret(''))
  }

  /** @param hash as `hashSecret` makes it */
  seal(context: readonly string[], hash: string): string {
    return seal(this.#key, KEY_ID, hash, [PURPOSE, ...context])
  }

  /** @throws MISCONFIGURED for what was not sealed here, or for another row */
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
    const name = this.#kept ? JSON.stringify([context, sealed]) : ''
    const known = this.#kept?.get(name)
    if (known !== undefined) return known
    try {
      const hash = this.open(context, sealed)
      this.#kept?.set(name, hash)
      return hash
    } catch {
      return ''
    }
  }
}
