import { BoundedMap } from '../../base/bounded-map.js'
import { hashSecret, open, sameHash, seal } from '../../crypto/index.js'

/** The key id in sealed hashes: a store has one such key, which never changes. */
const KEY_ID = 'hash'
const PURPOSE = 'secret hash'

/** Whether it has the form of a sealed hash; proves nothing. */
export const isSealedHash = (text: string): boolean => text.startsWith(`v1.${KEY_ID}.`)

/**
 * The hashes of users' secrets and clients' API keys. The store holds them sealed, by a key that is not in
 * the store: an attacker who can write there can neither insert a hash nor move one. They are not keyed hashes
 * because users move between stores with their secrets, whose hashes must then be sealed by another key.
 */
export class SecretHashes {
  readonly #key: Uint8Array
  /** Opened in place of a missing row, so that this takes the same time. */
  readonly #decoy: string
  /** Opened hashes, by their context and sealed text. */
  readonly #kept: BoundedMap<string, string> | undefined

  /**
   * @param vault derives the key from the root key, so that it survives a rotation of keys
   * @param keep how many opened hashes are remembered, for hashes that every request needs. A remembered row
   * takes less time than a missing one
   */
  constructor(vault: { derived(purpose: string): Uint8Array }, keep = 0) {
    this.#kept = keep > 0 ? new BoundedMap(keep) : undefined
    this.#key = vault.derived('secret-hash')
    this.#decoy = this.seal([], hashSecret(''))
  }

  /** @param hash as returned by `hashSecret` */
  seal(context: readonly string[], hash: string): string {
    return seal(this.#key, KEY_ID, hash, [PURPOSE, ...context])
  }

  /** @throws MISCONFIGURED for what was not sealed here, or for another row */
  open(context: readonly string[], sealed: string): string {
    return new TextDecoder().decode(open(this.#key, sealed, [PURPOSE, ...context]))
  }

  /**
   * Whether it is the secret. Never throws: what does not open matches no secret.
   * @param owner the row that holds the hash; undefined if there is none, which takes the same time
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
