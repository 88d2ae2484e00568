import { join } from 'node:path'
import Database from 'libsql'
import { call } from './command.js'

/** A user of the served API with an SQLite file as account, so that a call needs the sealed credential. */
export interface Person {
  identifier: string
  secret: string
  token: string
}

/** Makes the database that the accounts lead to. */
export function makeDatabase(folder: string): string {
  const file = join(folder, 'data.db')
  const database = new Database(file)
  database.exec('create table if not exists answers (value integer); insert into answers values (42)')
  database.close()
  return `sqlite:///${file}`
}

export const createUser = (url: string, apiKey: string, identifier: string): Promise<{ secret: string }> =>
  call(url, '/users', { identifier }, { 'x-api-key': apiKey })

export async function logIn(url: string, identifier: string, secret: string): Promise<Person> {
  const { token } = await call(url, '/auth/tokens', { identifier, secret })
  return { identifier, secret, token }
}

export const linkDatabase = (url: string, { token }: Person, database: string, identifier = 'db'): Promise<unknown> =>
  call(
    url,
    '/connectors/sql/integrations',
    { configuration: { url: database, identifier } },
    { authorization: `Bearer ${token}` },
  )

/** What the account answers; fails when its credential cannot be opened. */
export async function answer(url: string, { token }: Person, identifier = 'db'): Promise<unknown> {
  const rows = await call(
    url,
    '/connectors/sql/query',
    { query: 'select value from answers limit 1' },
    { authorization: `Bearer ${token}`, 'x-integration': identifier },
  )
  return rows
}
