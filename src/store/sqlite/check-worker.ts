/**
 * The entry of the process that checks a whole store, given its file. It only reads, and its exit code is the answer: SQLite's check
 * is one statement, which would hold up everything in a process that also serves.
 */
import { setPriority } from 'node:os'
import { Kysely } from 'kysely'
import Database from 'libsql'
import type { Schema } from '../schema.js'
import { isIntact } from './check.js'
import { CHECKED } from './check-apart.js'
import { StoreDialect } from './dialect.js'
import { isDamage } from './errors.js'
import { PreparedStatements } from './statements.js'

/** Whatever else runs comes first. */
const LAST = 19

async function check(file: string): Promise<number> {
  const db = new Kysely<Schema>({ dialect: new StoreDialect(new PreparedStatements(new Database(file))) })
  try {
    return (await isIntact(db)) ? CHECKED.intact : CHECKED.damaged
  } catch (error) {
    if (isDamage(error)) return CHECKED.damaged
    throw error
  }
}

setPriority(LAST)
process.exit(await check(process.argv[2] ?? ''))
