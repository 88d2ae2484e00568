import type { Clock } from '../../base/clock.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { hashOfBytes, sign, verifySignature } from '../../crypto/index.js'
import type { Page, SkillRow, Store } from '../../store/store.js'
import type { Vault } from '../vault/vault.js'
import type { Caller } from './users.js'

/** How long a download address works. Milliseconds. */
const DOWNLOAD_LIFETIME = 5 * 60_000
const SKILL_LIMIT = 1024 * 1024

export interface Skills {
  /** Adds a skill to a tenant: the text of one `SKILL.md`. @throws INVALID_PARAMETERS */
  add(clientId: string, skill: { name: string; description: string; content: string }): Promise<SkillRow>
  list(caller: Caller, limit: number, offset: number): Promise<Page<SkillRow>>
  /** @throws NOT_FOUND */
  get(caller: Caller, id: string): Promise<SkillRow>
  /** What makes a download address authorise itself: `expires` and `signature`. */
  ticket(skill: SkillRow): { expires: number; signature: string }
  /** @throws NOT_FOUND for a wrong, changed or expired address */
  download(clientId: string, id: string, ticket: { expires: number; signature: string }): Promise<SkillRow>
  /** SHA-256 of the content, hex. */
  digest(skill: SkillRow): string
}

export function createSkills(store: Store, vault: Vault, clock: Clock): Skills {
  const key = vault.derived('skill-download')
  const signed = (clientId: string, id: string, expires: number): string => JSON.stringify([clientId, id, expires])
  const notFound = () =>
    new ConnectorsError('NOT_FOUND', 'There is no skill of that id; list the skills to see those that exist.')
  return {
    async add(clientId, { name, description, content }) {
      if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
        throw invalidParameters('A skill is called by up to 64 lower-case letters, digits and hyphens.')
      if (content === '' || content.length > SKILL_LIMIT)
        throw invalidParameters('A skill holds up to 1 MiB of text, and not none.')
      const row: SkillRow = { id: uuid(), clientId, name, description, content, createdAt: clock(), updatedAt: clock() }
      if (!(await store.skills.insert(row))) throw invalidParameters('The client has a skill of that name.')
      return row
    },
    list: (caller, limit, offset) => store.skills.list(caller.clientId, limit, offset),
    async get(caller, id) {
      const row = await store.skills.find(caller.clientId, id)
      if (!row) throw notFound()
      return row
    },
    ticket(skill) {
      const expires = clock() + DOWNLOAD_LIFETIME
      return { expires, signature: sign(key, signed(skill.clientId, skill.id, expires)) }
    },
    async download(clientId, id, { expires, signature }) {
      const good = verifySignature(key, signed(clientId, id, expires), signature) && expires > clock()
      const row = good ? await store.skills.find(clientId, id) : undefined
      if (!row) throw notFound()
      return row
    },
    digest: (skill) => hashOfBytes(skill.content),
  }
}
