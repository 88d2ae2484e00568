import type { Client } from 'pg'
import type { PostgresSession } from './connect.js'
import type { Types } from './shape.js'
import type { Written } from './written.js'

/** What the connections of an account have in common. */
export interface Shared {
  readonly session: PostgresSession
  readonly types: Types
  /** Whether the statement that a connection runs wrote something; undefined for an account whose work is undone anyway. */
  watch: ((client: Client) => Promise<Written>) | undefined
  /** False once it turned out that statements do not keep their names, as behind PgBouncer. */
  naming: boolean
}
