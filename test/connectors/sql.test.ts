import { describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { sql } from '../../src/connectors/sql/index.js'
import { createDatabasePort } from '../../src/database/index.js'
import type { Database, QueryResult, TableDescription, TablePage } from '../../src/database/port.js'
import { type ServiceCall, secretsOf, z } from '../../src/kit/index.js'
import { chinookFile, testOnChinook } from '../databases/index.js'
import { testCall } from './harness.js'

const ROWS: QueryResult = {
  kind: 'rows',
  rows: [{ userName: 1 }],
  columns: [{ name: 'userName', type: 'int4' }],
  truncated: false,
}
const call = testCall({ account: { identifier: 'mysql:h:1:u:d', scopes: ['read', 'write'] } })

function fakeDatabase(result: QueryResult = ROWS) {
  return {
    name: 'mysql:h:1:u:d',
    engine: 'mysql' as Database['engine'],
    readOnly: false,
    query: vi.fn<Database['query']>().mockResolvedValue(result),
    listTables: vi.fn<Database['listTables']>(),
    describeTable: vi.fn<Database['describeTable']>(),
    probe: vi
      .fn<Database['probe']>()
      .mockResolvedValue({ server: 'MySQL', version: '8', abilities: ['read', 'write'] }),
  }
}

const runAction = (name: string, input: unknown, database: Database, as: Partial<ServiceCall> = {}) => {
  const action = sql.byName.get(name) ?? expect.fail(`There is no action ${name}.`)
  return action.prepare(input)(database, { ...call, ...as })
}
const run = (input: unknown, database: Database = fakeDatabase(), as: Partial<ServiceCall> = {}) =>
  runAction('query', input, database, as)

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
  const as = (scopes: readonly string[]): Partial<ServiceCall> => ({
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

test.each([
  ['list_tables', {}, 'listTables'],
  ['describe_table', { table: 't' }, 'describeTable'],
] as const)(
  '%s in a call that may only read has the session held, even for an administrator',
  async (name, input, method) => {
    const database = fakeDatabase()
    database[method].mockRejectedValue(new ConnectorsError('UPSTREAM_ERROR', 'Asked.'))
    const as = { readOnly: true, account: { identifier: 'mysql:h:1:u:d', scopes: ['read', 'admin'] } }
    await expect(runAction(name, input, database, as)).rejects.toThrow('Asked.')
    expect(database[method]).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ readOnly: true }))
  },
)

describe('list_tables', () => {
  const listed = (page: Partial<TablePage> = {}) => {
    const database = fakeDatabase()
    database.listTables.mockResolvedValue({ tables: [], total: 0, more: false, ...page })
    return database
  }

  test('hands on the filter, the page and the time', async () => {
    const database = listed()
    const input = { schema: 's', name: 'a*', kinds: ['view'], page: 3, per_page: 7, timeout_ms: 100 }
    await runAction('list_tables', input, database)
    const filter = { schema: 's', name: 'a*', kinds: ['view'], page: 3, perPage: 7 }
    expect(database.listTables).toHaveBeenLastCalledWith(filter, {
      timeoutMs: 100,
      signal: call.signal,
      readOnly: false,
    })
    await runAction('list_tables', { schema: null, name: null, kinds: null }, database)
    expect(database.listTables.mock.lastCall).toEqual([
      { page: 1, perPage: 100 },
      { timeoutMs: 30_000, signal: call.signal, readOnly: false },
    ])
  })

  test('gives tables without what is unknown, a row at most for each', async () => {
    const table = { schema: 's', name: 't', kind: 'table', rowEstimate: 0, comment: 'c' } as const
    const view = { ...table, name: 'v', kind: 'view', rowEstimate: null, comment: null } as const
    expect(await runAction('list_tables', {}, listed({ tables: [table, view], total: 2 }))).toEqual({
      data: [
        { schema: 's', name: 't', kind: 'table', row_estimate: 0, comment: 'c' },
        { schema: 's', name: 'v', kind: 'view' },
      ],
      meta: { page: 1, limit: 100, total: 2, total_page: 1, has_next: false, has_prev: false },
    })
  })

  test.each([
    [1, { more: true, total: 9 }, { page: 1, total: 9, total_page: 3, has_next: true, has_prev: false }],
    [3, { more: false, total: 9 }, { page: 3, total: 9, total_page: 3, has_next: false, has_prev: true }],
    // Beyond the last page it is not known how many there are.
    [9, { more: false, total: null }, { page: 9, has_next: false, has_prev: true }],
  ])('says of page %i which others there are', async (page, found, meta) => {
    expect(await runAction('list_tables', { page, per_page: 4 }, listed(found))).toEqual({
      data: [],
      meta: { limit: 4, ...meta },
    })
  })

  test.each([
    { name: '' },
    { name: 'a\0b' },
    { name: '\ud800' },
    { schema: 'x'.repeat(257) },
    { kinds: [] },
    { kinds: ['index'] },
    { per_page: 0 },
    { per_page: 201 },
    { page: 0 },
    { page: 1e15 },
    { timeout_ms: 300_001 },
    { table: 't' },
  ])('refuses %j before anything is sent', (input) => {
    expect(() => runAction('list_tables', input, listed())).toThrow(ConnectorsError)
  })
})

describe('describe_table', () => {
  const column = { default: null, generated: null, expression: null, identity: null, comment: null, nullable: false }
  const reference = { columns: ['a'], schema: 's', table: 'u', tableColumns: ['x'] }
  const described: TableDescription = {
    ...{ schema: 's', name: 't', kind: 'table', rowEstimate: 7, comment: null },
    columns: [
      { ...column, name: 'a', type: 'int', identity: 'always' },
      { ...column, name: 'b', type: '', nullable: true, default: '0', comment: 'c' },
    ],
    primaryKey: ['a'],
    uniqueKeys: [['a', 'b']],
    foreignKeys: [reference, { ...reference, schema: 'other' }],
    referencedBy: [reference],
    indexes: [
      { name: 'i', columns: ['b'], unique: false, method: null, where: null },
      { name: 'j', columns: ['b'], unique: true, method: 'gin', where: 'b > 0' },
    ],
    cut: ['uniqueKeys'],
  }

  test('gives what is known of a table, and leaves out the rest', async () => {
    const database = fakeDatabase()
    database.describeTable.mockResolvedValue(described)
    expect(await runAction('describe_table', { table: 't', schema: null }, database)).toEqual({
      data: {
        ...{ schema: 's', name: 't', kind: 'table', row_estimate: 7 },
        columns: [
          { name: 'a', type: 'int', identity: 'always' },
          { name: 'b', nullable: true, default: '0', comment: 'c' },
        ],
        primary_key: ['a'],
        unique_keys: [['a', 'b']],
        foreign_keys: [
          { columns: ['a'], references: { table: 'u', columns: ['x'] } },
          { columns: ['a'], references: { schema: 'other', table: 'u', columns: ['x'] } },
        ],
        referenced_by: [{ table: 'u', columns: ['x'], references: ['a'] }],
        indexes: [
          { name: 'i', columns: ['b'] },
          { name: 'j', columns: ['b'], unique: true, method: 'gin', where: 'b > 0' },
        ],
        truncated: ['unique_keys'],
      },
      meta: null,
    })
    expect(database.describeTable).toHaveBeenCalledWith(
      { name: 't' },
      { timeoutMs: 30_000, signal: call.signal, readOnly: false },
    )
  })

  test('gives little where there is little', async () => {
    const database = fakeDatabase()
    const nothing = {
      columns: [],
      primaryKey: [],
      uniqueKeys: [],
      foreignKeys: [],
      referencedBy: [],
      indexes: [],
      cut: [],
    }
    const view = { ...nothing, schema: 's', name: 'v', kind: 'view', rowEstimate: null, comment: null } as const
    database.describeTable.mockResolvedValue({ ...view })
    expect(await runAction('describe_table', { table: 'v' }, database)).toEqual({
      data: { schema: 's', name: 'v', kind: 'view' },
      meta: null,
    })
  })

  test.each([{}, { table: '' }, { table: 'a\0' }, { table: 't', schema: '' }, { table: 't', page: 1 }])(
    'refuses %j before anything is sent',
    (input) => {
      expect(() => runAction('describe_table', input, fakeDatabase())).toThrow(ConnectorsError)
    },
  )
})

test('what only reads says so', () => {
  const effects = Object.fromEntries(sql.actions.map(({ name, effect }) => [name, effect]))
  expect(effects).toEqual({ list_tables: 'read', describe_table: 'read', query: 'update' })
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
  const tables = await runAction('list_tables', { name: 'track' }, database)
  expect(tables).toMatchObject({
    data: [
      { schema: 'main', name: 'PlaylistTrack', kind: 'table' },
      { schema: 'main', name: 'Track', kind: 'table' },
    ],
    meta: { total: 2, has_next: false },
  })
  expect(await runAction('describe_table', { table: 'Track' }, database)).toMatchObject({
    data: {
      name: 'Track',
      columns: expect.arrayContaining([{ name: 'Composer', type: 'NVARCHAR(220)', nullable: true }]),
      primary_key: ['TrackId'],
      foreign_keys: expect.arrayContaining([
        { columns: ['AlbumId'], references: { table: 'Album', columns: ['AlbumId'] } },
      ]),
    },
  })
  await port.closeAll()
})
