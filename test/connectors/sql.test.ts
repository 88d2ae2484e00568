import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { sql } from '../../src/connectors/sql/index.js'
import { createDatabasePort } from '../../src/database/index.js'
import type { Database, QueryResult } from '../../src/database/port.js'
import { type Call, secretsOf, z } from '../../src/kit/index.js'
import { chinookFile, testOnChinook } from '../databases/index.js'
import { definitionsOf } from './definitions.js'

test('is what an agent sees', async () => {
  await expect(definitionsOf(sql)).toMatchFileSnapshot('__snapshots__/sql.json')
})

const ROWS: QueryResult = {
  kind: 'rows',
  rows: [{ userName: 1 }],
  columns: [{ name: 'userName', type: 'int4' }],
  truncated: false,
}
const call: Call = {
  identifier: null,
  account: { identifier: 'mysql:h:1:u:d', scopes: ['read', 'write'] },
  readOnly: false,
  caller: 'somebody',
  signal: new AbortController().signal,
}

function fakeDatabase(result: QueryResult = ROWS) {
  return {
    name: 'mysql:h:1:u:d',
    engine: 'mysql' as Database['engine'],
    readOnly: false,
    query: vi.fn<Database['query']>().mockResolvedValue(result),
    probe: vi
      .fn<Database['probe']>()
      .mockResolvedValue({ server: 'MySQL', version: '8', abilities: ['read', 'write'] }),
  }
}

const run = (input: unknown, database: Database = fakeDatabase(), as: Partial<Call> = {}) => {
  const action = sql.byName.get('query') ?? expect.fail('There is no action query.')
  return action.prepare(input)(database, { ...call, ...as })
}

describe('query', () => {
  test('hands on the statement with its variables, limit and time', async () => {
    const database = fakeDatabase()
    await run({ query: 'select :a', variables: { a: 1 }, limit: 5, timeout_ms: 100 }, database)
    expect(database.query).toHaveBeenCalledWith(
      'select :a',
      { a: 1 },
      { limit: 5, timeoutMs: 100, signal: call.signal, readOnly: false },
    )
  })

  test('has a limit and a time of its own', async () => {
    const database = fakeDatabase()
    await run({ query: 'select 1' }, database)
    await run({ query: 'select 1', variables: null }, database)
    for (const [, variables, options] of database.query.mock.calls) {
      expect(variables).toEqual({})
      expect(options).toMatchObject({ limit: 1000, timeoutMs: 30_000 })
    }
  })

  test.each([
    ['text', { query: `select ${'('.repeat(1_048_577)}` }],
    ['values', { query: 'select :a', variables: { a: Array.from({ length: 65_536 }, () => 1) } }],
    [
      'variables',
      { query: 'select 1', variables: Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`v${i}`, i])) },
    ],
    ['one value', { query: 'select :a', variables: { a: 'x'.repeat(9e6) } }],
    ['one value in a list', { query: 'select 1 where 1 in (:a)', variables: { a: ['x'.repeat(9e6)] } }],
    ['a name', { query: 'select 1', variables: { ['x'.repeat(1000)]: 1 } }],
  ])('tells the limit of its %s, whatever the engine, before anything is sent', async (_name, input) => {
    const database = fakeDatabase()
    const refused = (async () => run(input, database))()
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_PARAMETERS', message: expect.stringMatching(/\d{3}/) })
    expect(database.query).not.toHaveBeenCalled()
  })

  test('takes as much as the limits allow', async () => {
    const database = fakeDatabase()
    const ids = Array.from({ length: 65_535 }, (_, i) => i)
    await run({ query: `select ${'('.repeat(1_048_000)}`, variables: { ids } }, database)
    expect(database.query).toHaveBeenCalledOnce()
  })

  test('gives rows with their columns, and leaves keys as they are', async () => {
    expect(await run({ query: 'select 1' })).toEqual({
      data: [{ userName: 1 }],
      meta: { columns: [{ name: 'userName', type: 'int4' }], row_count: 1, truncated: false },
    })
  })

  test('gives the count of a statement without rows as plain data', async () => {
    expect(await run({ query: 'delete from t' }, fakeDatabase({ kind: 'affected', affectedRows: 3 }))).toEqual({
      data: { affected_rows: 3 },
      meta: null,
    })
  })

  test.each([
    {},
    { query: '' },
    { query: 5 },
    { query: 'select 1', limit: 0 },
    { query: 'select 1', limit: 10_001 },
    { query: 'select 1', timeout_ms: 300_001 },
    { query: 'select 1', variables: [1] },
    { query: 'select 1', response_fields: ['a'] },
  ])('refuses %j before anything is sent', (input) => {
    expect(() => run(input)).toThrow(ConnectorsError)
  })
})

describe('query in a call that may only read', () => {
  const as = (scopes: readonly string[]): Partial<Call> => ({
    readOnly: true,
    account: { identifier: 'mysql:h:1:u:d', scopes },
  })

  test.each([[['read']], [['read', 'write']], [['read', 'write', 'schema']]])(
    'has the database hold the session of a login that can %j',
    async (scopes) => {
      const database = fakeDatabase()
      await run({ query: 'select 1' }, database, as(scopes))
      expect(database.query).toHaveBeenCalledWith('select 1', {}, expect.objectContaining({ readOnly: true }))
    },
  )

  test.each([
    [
      'an administrator',
      ['read', 'write', 'schema', 'admin'],
      /does not hold an administrator.*fewer rights.*execute_connector/,
    ],
    ['an administrator whose account is read-only', ['read', 'admin'], /does not hold an administrator/],
    ['a login of which nothing is known', [], /could not be found out.*may only read.*execute_connector/],
  ])('sends nothing for %s', async (_login, scopes, message) => {
    const database = fakeDatabase()
    await expect(run({ query: 'select 1' }, database, as(scopes))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(message),
      details: { reason: 'read_only_call' },
    })
    expect(database.query).not.toHaveBeenCalled()
    await run({ query: 'select 1' }, database, { ...as(scopes), readOnly: false })
    expect(database.query).toHaveBeenCalledOnce()
  })

  test('sends nothing where it is not known which account acts', async () => {
    await expect(run({ query: 'select 1' }, fakeDatabase(), { readOnly: true, account: null })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })

  test('needs to know nothing of a file, which has no administrator', async () => {
    const database = { ...fakeDatabase(), engine: 'sqlite' as const }
    await run({ query: 'select 1' }, database, as([]))
    expect(database.query).toHaveBeenCalledOnce()
  })
})

describe('linking', () => {
  const fields = z.object(sql.auth.custom?.fields ?? {})

  test('tries the database, and takes its name unless one was chosen', async () => {
    const database = fakeDatabase()
    const found = { server: { name: 'MySQL', version: '8' }, scopes: ['read', 'write'], readOnly: false }
    expect(await sql.account?.(database, {})).toEqual({ identifier: 'mysql:h:1:u:d', ...found })
    expect(await sql.account?.(database, { identifier: '' })).toEqual({ identifier: 'mysql:h:1:u:d', ...found })
    expect(await sql.account?.(database, { identifier: 'sales' })).toEqual({ identifier: 'sales', ...found })
    expect(database.probe).toHaveBeenCalledTimes(3)
    database.probe.mockRejectedValue(new ConnectorsError('UPSTREAM_ERROR', 'not there'))
    await expect(sql.account?.(database, {})).rejects.toThrow('not there')
  })

  test.each([
    [false, ['read'], true],
    [false, ['read', 'admin'], false],
    [true, ['read', 'admin'], true],
    // Whoever may do what nobody could find out may be able to write.
    [false, undefined, false],
  ] as const)('read-only by its setting %j, or because no more than %j can be done: %j', async (set, abilities, is) => {
    const database = { ...fakeDatabase(), readOnly: set }
    database.probe.mockResolvedValue({ server: 'MySQL', version: '8', abilities })
    expect(await sql.account?.(database, {})).toMatchObject({ readOnly: is, scopes: abilities ?? [] })
  })

  test('takes a url, or parts, and ignores what it does not know', () => {
    expect(fields.parse({ url: 'sqlite:///x.db', unknown: 1 })).toEqual({ url: 'sqlite:///x.db' })
    const parts = {
      host: 'h',
      port: 5432,
      database: 'd',
      username: 'u',
      password: '',
      driver: 'postgresql',
      extra_config: { a: true },
    }
    expect(fields.parse({ ...parts, url: null, read_only: true })).toMatchObject(parts)
    expect(fields.safeParse({ ...parts, port: '5432' }).success).toBe(true)
    expect(fields.safeParse({ ...parts, read_only: 'yes' }).success).toBe(false)
  })

  test('hides url and password, as written and decoded', () => {
    const { custom } = sql.auth
    if (!custom) throw new Error('no custom configuration')
    const url = 'postgresql://u:p%40ss@h/d'
    expect(new Set(secretsOf(custom, { url }))).toEqual(new Set([url, 'p%40ss', 'p@ss']))
    expect(new Set(secretsOf(custom, { password: 'pw', username: 'u' }))).toEqual(new Set(['pw']))
    expect(sql.auth.oauth2).toBeUndefined()
  })
})

testOnChinook('on a real database: Chinook', async () => {
  const port = createDatabasePort()
  const configuration = { url: `sqlite:///${chinookFile}` }
  const database = port.open('x', configuration)
  expect(await sql.account?.(database, configuration)).toMatchObject({
    identifier: `sqlite:None:None:None:${chinookFile}`,
    server: { name: 'SQLite', version: expect.stringMatching(/^3\./) },
  })
  expect(await run({ query: 'select count(*) as n from Artist' }, database)).toMatchObject({ data: [{ n: 275 }] })
  const answer = await run({ query: 'select Name from Artist where ArtistId = :id', variables: { id: 1 } }, database)
  expect(answer).toEqual({
    data: [{ Name: 'AC/DC' }],
    meta: { columns: [{ name: 'Name', type: 'NVARCHAR(120)' }], row_count: 1, truncated: false },
  })
  await port.closeAll()
})
