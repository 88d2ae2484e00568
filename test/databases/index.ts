import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, inject, test } from 'vitest'
import type { ProvidedServer } from './global-setup.js'

/** A server that tests may use, as whoever may do everything there. */
export interface TestServer {
  /** Where it is: `postgresql://postgres@127.0.0.1:PORT/postgres`, `mysql://root@127.0.0.1:PORT/mysql`. */
  url: string
  /** Its data directory. */
  folder: string
  /** Makes an empty database of its own for a test file, and gives its URL. */
  createDatabase(): Promise<string>
  /** Runs a script as the administrator in the database of a URL. */
  run(url: string, script: string): Promise<void>
}

/** As `describe`, on a real PostgreSQL; skipped with the reason where there is none. */
export const describePostgres = (name: string, tests: (server: TestServer) => void): void =>
  describeServer(name, inject('postgres'), runPostgres, (database) => `create database ${database}`, tests)

/** As `describe`, on a real MariaDB; skipped with the reason where there is none. */
export const describeMariadb = (name: string, tests: (server: TestServer) => void): void =>
  describeServer(
    name,
    inject('mariadb'),
    runMariadb,
    (database) => `create database ${database} character set utf8mb4`,
    tests,
  )

function describeServer(
  name: string,
  provided: ProvidedServer,
  run: TestServer['run'],
  create: (database: string) => string,
  tests: (server: TestServer) => void,
): void {
  if ('reason' in provided) {
    process.stderr.write(`Skipped: ${name}: ${provided.reason}\n`)
    describe.skip(`${name} (skipped: ${provided.reason})`, () =>
      tests({ url: '', folder: '', createDatabase: async () => '', run }))
    return
  }
  const { url, folder } = provided
  const createDatabase = async (): Promise<string> => {
    made += 1
    const database = `test_${process.pid}_${Date.now()}_${made}`
    await run(url, create(database))
    return Object.assign(new URL(url), { pathname: `/${database}` }).href
  }
  describe(name, () => tests({ url, folder, createDatabase, run }))
}

let made = 0

async function runPostgres(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(script)
  } finally {
    await client.end()
  }
}

async function runMariadb(url: string, script: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true })
  try {
    await connection.query(script)
  } finally {
    connection.destroy()
  }
}

const chinook = (file: string): string =>
  fileURLToPath(new URL(`../../../shared/counterparts/db/${file}`, import.meta.url))

/** The Chinook database as an SQLite file. It is to be read, or copied and then written. */
export const chinookFile = chinook('Chinook_Sqlite.sqlite')

/** As `test`, where the Chinook database is at hand; skipped with the reason elsewhere, as in a clone on its own. */
export function testOnChinook(name: string, run: () => Promise<void>): void {
  if (existsSync(chinookFile)) test(name, run)
  else test.skip(`${name} (skipped: the Chinook database is not at ../shared/counterparts/db)`, run)
}

/** The script that makes Chinook's tables in an empty database, without the lines that make the database. */
export async function chinookScript(engine: 'postgresql' | 'mysql'): Promise<string> {
  const script = await readFile(chinook(engine === 'mysql' ? 'Chinook_MySql.sql' : 'Chinook_PostgreSql.sql'), 'utf8')
  return script.replaceAll(/^(?:DROP DATABASE|CREATE DATABASE|USE|\\c) .*$/gm, '')
}
