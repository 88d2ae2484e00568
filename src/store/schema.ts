import type { Generated } from 'kysely'
import type { KeptKind } from './kept-rows.js'
import type { AuthStatus, IntegrationRow, JobState, LinkStatus } from './store.js'

/** Booleans differ between databases, so a number is used: 1 is true. */
export type Flag = 0 | 1
/** Milliseconds since the epoch. A driver that reads a `bigint` as text must be configured to read it as a number. */
type Time = number

interface ClientTable {
  id: string
  name: string
  key_hash: string
  data_key: string
  is_active: Flag
  created_at: Time
  /** A JSON array. */
  callback_origins: string
}

interface UserTable {
  id: string
  client_id: string
  identifier: string
  secret_hash: string
  secret_preview: string
  secret_serial: string
  is_active: Flag
  created_at: Time
}

export interface IntegrationTable {
  /** The order in which accounts were added; never used twice. */
  seq: Generated<number>
  id: string
  client_id: string
  user_id: string
  connector: string
  user_identifier: string
  title: string | null
  account_id: string | null
  read_only: Flag | null
  auth_type: IntegrationRow['authType']
  /** A JSON array. */
  auth_scopes: string
  auth_status: AuthStatus
  selected: Flag
  credential: string
  credential_serial: string
  version: number
  created_at: Time
  updated_at: Time
}

export interface LinkTable {
  id: string
  client_id: string
  user_id: string
  connector: string
  state_hash: string | null
  callback_url: string
  replace_duplicate: Flag
  sealed: string
  status: LinkStatus
  user_identifier: string | null
  error: string | null
  created_at: Time
  expires_at: Time
}

export interface RevocationTable {
  id: string
  client_id: string
  user_id: string
  connector: string
  user_identifier: string
  credential: string
  credential_serial: string
  attempts: number
  due_at: Time
  created_at: Time
}

interface SkillTable {
  id: string
  client_id: string
  name: string
  description: string
  content: string
  created_at: Time
  updated_at: Time
}

export interface JobTable {
  id: string
  client_id: string
  user_id: string
  integration_id: string | null
  run: string
  state: JobState
  held_until: Time
  sealed: string | null
  is_reported: Flag
  items_done: number | null
  items_total: number | null
  ended_at: Time | null
  expires_at: Time
}

export interface CallbackTable {
  id: string
  client_id: string
  user_id: string
  job_id: string
  run: string
  sealed: string
  attempts: number
  due_at: Time | null
}

export interface KeptTable {
  id: string
  client_id: string
  user_id: string
  kind: KeptKind
  sealed: string
  size: number
  parts: number
  created_at: Time
  expires_at: Time
}

interface KeptPartTable {
  kept_id: string
  number: number
  /** The sealed text, in ASCII. As text it would be read, checked and converted whenever the store is opened. */
  sealed: Uint8Array
}

/** The tables as the queries see them, the same in every database. `migrations/` creates them. */
export interface Schema {
  meta: { key: string; value: string }
  clients: ClientTable
  users: UserTable
  integrations: IntegrationTable
  links: LinkTable
  revocations: RevocationTable
  leases: { name: string; holder: string; held_until: Time }
  skills: SkillTable
  jobs: JobTable
  callbacks: CallbackTable
  kept: KeptTable
  kept_parts: KeptPartTable
}

export const toFlag = (value: boolean): Flag => (value ? 1 : 0)
