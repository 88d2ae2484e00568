import type { MigrationProvider } from 'kysely'
import { accountTitles } from './account-titles.js'
import { callbackOriginsColumn } from './callback-origins.js'
import type { ColumnTypes } from './column-types.js'
import { credentialSerials } from './credential-serials.js'
import { initial } from './initial.js'
import { jobs } from './jobs.js'
import { kept } from './kept.js'
import { revocations } from './revocations.js'
import { secretSerials } from './secret-serials.js'

export type { ColumnTypes } from './column-types.js'

/**
 * Every change ever made to the tables, by name. A new one goes to the end, under a name that sorts last; one that
 * was released never changes.
 * @param types the database's column types
 */
export function migrations(types: ColumnTypes): MigrationProvider {
  return {
    getMigrations: async () => ({
      '0001_initial': initial(types),
      '0002_callback_origins': callbackOriginsColumn,
      '0003_revocations': revocations,
      '0004_credential_serials': credentialSerials,
      '0005_account_titles': accountTitles,
      '0006_secret_serials': secretSerials,
      '0007_jobs': jobs,
      '0008_kept': kept(types),
    }),
  }
}
