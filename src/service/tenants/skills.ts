import type { Clock } from '../../base/clock.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { hashOfBytes, sign, verifySignature } from '../../crypto/index.js'
import type { RowPage, SkillRow, Store } from '../../store/store.js'
import type { Vault } from '../vault/vault.js'
import type { Caller } from './users.js'

/** How long a download address works. Milliseconds. */
const DOWNLOAD_LIFETIME = 5 * 60_000
const SKILL_LIMIT = 1024 * 1024

interface SkillsDeps {
  store: Store
  vault: Vault
  clock: Clock
}

/** A tenant's texts that teach an agent how to do something. */
export class Skills {
  readonly #store: Store
  readonly #clock: Clock
  readonly #key: Uint8Array

  constructor({ store, vault, clock }: SkillsDeps) {
    this.#store = store
    this.#clock = clock
    this.#key = vault.derived('skill-download')
  }

  /** Adds a skill to a tenant: the text of one `SKILL.md`. @throws INVALID_PARAMETERS */
  async add(clientId: string, skill: { name: string; description: string; content: string }): Promise<SkillRow> {
    const { name, description, content } = skill
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
      throw invalidParameters('The name of a skill must be 1 to 64 lower-case letters, digits and hyphens.')
    if (content === '' || content.length > SKILL_LIMIT)
      throw invalidParameters('A skill must contain 1 byte to 1 MiB of text.')
    const now = this.#clock()
    const row: SkillRow = { id: uuid(), clientId, name, description, content, createdAt: now, updatedAt: now }
    if (!(await this.#store.skills.insert(row))) throw invalidParameters('The client already has a skill of that name.')
    return row
  }

  list(caller: Caller, limit: number, offset: number): Promise<RowPage<SkillRow>> {
    return this.#store.skills.list(caller.clientId, limit, offset)
  }

  /** @throws NOT_FOUND */
  async get(caller: Caller, id: string): Promise<SkillRow> {
    const row = await this.#store.skills.find(caller.clientId, id)
    if (!row) throw skillNotFound()
    return row
  }

  /** What makes a download address self-authorising: `expires` (milliseconds since the epoch) and `signature`. */
  ticket(skill: SkillRow): { expires: number; signature: string } {
    const expires = this.#clock() + DOWNLOAD_LIFETIME
    return { expires, signature: sign(this.#key, signedText(skill.clientId, skill.id, expires)) }
  }

  /** @throws NOT_FOUND for a wrong, changed or expired address */
  async download(clientId: string, id: string, ticket: { expires: number; signature: string }): Promise<SkillRow> {
    const { expires, signature } = ticket
    const valid = verifySignature(this.#key, signedText(clientId, id, expires), signature) && expires > this.#clock()
    const row = valid ? await this.#store.skills.find(clientId, id) : undefined
    if (!row) throw skillNotFound()
    return row
  }

  /** SHA-256 of the content, hex. */
  digest(skill: SkillRow): string {
    return hashOfBytes(skill.content)
  }
}

const signedText = (clientId: string, id: string, expires: number): string => JSON.stringify([clientId, id, expires])

const skillNotFound = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'No skill has that id; list the skills to see those that exist.')
