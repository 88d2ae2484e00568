import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, test } from 'vitest'
import { type Call, defineAction, defineConnector, type Effect, secretField, z } from '../../src/kit/index.js'
import { describePostgres } from '../databases/index.js'
import { failure, newApi } from './harness.js'

const READ_ONLY = { 'x-read-only': 'true' }

/** A shop, with an action of each kind. @param calls what its actions hear of their calls */
const shop = (calls: Pick<Call, 'account' | 'readOnly'>[]) => {
  const action = (name: string, effect: Effect, more: { readOnlyCapable?: boolean } = {}) =>
    defineAction({
      name,
      description: `Does what ${name} says.`,
      effect,
      ...more,
      input: { what: z.string().nullish(), callback_urls: z.array(z.string()).nullish() },
      run: async (_none, _input, { account, readOnly }) => {
        calls.push({ account, readOnly })
        return { done: name }
      },
    })
  return defineConnector({
    name: 'shop',
    title: 'Shop',
    description: 'Sells books.',
    port: 'none',
    auth: { custom: { fields: { token: secretField('A token') } } },
    account: async () => ({ identifier: 'ada', scopes: ['books', 'orders'] }),
    actions: [
      action('look', 'read'),
      action('order', 'create'),
      action('amend', 'update'),
      action('cancel', 'delete'),
      action('ask', 'update', { readOnlyCapable: true }),
    ],
  })
}

async function ready({ linked = true } = {}) {
  const calls: Pick<Call, 'account' | 'readOnly'>[] = []
  const api = await newApi({ connectors: [shop(calls)] })
  const { token } = await api.user(await api.client())
  const post = (path: string, json: unknown = {}, headers: Record<string, string> = {}) =>
    api.call('POST', `/connectors/${path}`, { token, json, headers })
  if (linked) await post('shop/integrations', { auth_type: 'custom', configuration: { token: 'token-0123456789' } })
  return { api, post, calls }
}

describe('a call that may only read', () => {
  test('runs what only reads, and what can hold itself to that and is told to', async () => {
    const { post, calls } = await ready()
    expect((await post('shop/look', {}, READ_ONLY)).json.data).toEqual({ done: 'look' })
    expect((await post('shop/ask', {}, READ_ONLY)).json.data).toEqual({ done: 'ask' })
    const account = { identifier: 'ada', scopes: ['books', 'orders'] }
    expect(calls).toEqual([
      { account, readOnly: true },
      { account, readOnly: true },
    ])
  })

  test.each(['order', 'amend', 'cancel'])('refuses %s, and says what to do', async (name) => {
    const { post, calls } = await ready()
    const refused = await post(`shop/${name}`, {}, READ_ONLY)
    expect(failure(refused)).toEqual({ status: 403, code: 'FORBIDDEN' })
    expect(refused.json.message).toBe(
      `This call may only read, and ${name} does more; use execute_connector (over HTTP, leave out X-Read-Only).`,
    )
    expect(refused.json.error.details).toEqual({ reason: 'read_only_call' })
    expect(calls).toEqual([])
    expect((await post(`shop/${name}`)).status).toBe(200)
  })

  test('is refused before its input and its account are looked at', async () => {
    const { post } = await ready({ linked: false })
    expect(failure(await post('shop/order', { unknown: 1 }, READ_ONLY)).code).toBe('FORBIDDEN')
    expect(failure(await post('shop/order')).code).toBe('INTEGRATION_NOT_FOUND')
    expect(failure(await post('shop/sell', {}, READ_ONLY)).code).toBe('ACTION_NOT_FOUND')
  })

  test.each([['look'], ['ask']])('lets %s have nothing sent elsewhere', async (name) => {
    const { post, calls } = await ready()
    for (const callback_urls of [['https://thief.example'], [], null]) {
      const refused = await post(`shop/${name}`, { callback_urls }, READ_ONLY)
      expect(failure(refused)).toEqual({ status: 403, code: 'FORBIDDEN' })
      expect(refused.json.error.details.errors).toEqual([{ field: 'callback_urls', message: expect.any(String) }])
    }
    expect(calls).toEqual([])
    expect((await post(`shop/${name}`, { callback_urls: ['https://shop.example'] })).status).toBe(200)
  })

  test.each([
    ['TRUE', true],
    ['True', true],
    ['false', false],
    ['FALSE', false],
  ])('is asked for by X-Read-Only: %s or not', async (value, readOnly) => {
    const { post, calls } = await ready()
    expect((await post('shop/look', {}, { 'x-read-only': value })).status).toBe(200)
    expect(calls).toMatchObject([{ readOnly }])
  })

  test.each(['', '1', 'yes', 'true, true', 'true, false', 'tru', '"true"'])(
    'is in doubt by X-Read-Only: %s, and refused',
    async (value) => {
      const { post, calls } = await ready()
      const refused = await post('shop/look', {}, { 'x-read-only': value })
      expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
      expect(refused.json.message).toContain('X-Read-Only')
      expect(calls).toEqual([])
    },
  )

  test('is possible where the list of actions says so', async () => {
    const { api } = await ready()
    const { shop: actions } = (await api.call('GET', '/connectors/?modules=shop')).json
    const said = Object.entries(actions as Record<string, { effect: string; read_only?: string }>)
    expect(said.map(([name, { effect, read_only }]) => [name, effect, read_only])).toEqual([
      ['look', 'read', 'effect'],
      ['order', 'create', undefined],
      ['amend', 'update', undefined],
      ['cancel', 'delete', undefined],
      ['ask', 'update', 'session'],
    ])
  })
})

test('sql.query of such a call reads and changes nothing, on an account that may write', async () => {
  const { api, post } = await ready()
  const file = join(api.folder, 'books.db')
  const database = new DatabaseSync(file)
  database.exec("create table books (title text); insert into books values ('Momo')")
  database.close()
  const configuration = { url: `sqlite:///${file}`, identifier: 'books' }
  const linked = await post('sql/integrations', { auth_type: 'custom', configuration })
  expect(linked.json.data).toMatchObject({ auth_scopes: ['read', 'write', 'schema'], read_only: false })
  const query = (sql: string, headers?: Record<string, string>) => post('sql/query', { query: sql }, headers)
  expect((await query('select title from books', READ_ONLY)).json.data).toEqual([{ title: 'Momo' }])
  const refused = await query('delete from books', READ_ONLY)
  expect(failure(refused)).toEqual({ status: 403, code: 'FORBIDDEN' })
  expect(refused.json.message).toBe(
    'This call may only read, and the statement does more, so nothing was changed; use execute_connector (over HTTP, leave out X-Read-Only).',
  )
  expect((await query('select title from books')).json.data).toEqual([{ title: 'Momo' }])
  expect((await query('delete from books')).json.data).toEqual({ affected_rows: 1 })
})

describePostgres('sql.query of such a call, on PostgreSQL', (server) => {
  test('is refused for the login of an administrator, and held for any other', async () => {
    const { post } = await ready()
    const url = await server.createDatabase()
    const role = new URL(url).pathname.slice(1)
    await server.run(
      url,
      `create table books (title text); create role ${role} login; grant insert on books to ${role}`,
    )
    const link = async (identifier: string, more: object) => {
      const configuration = { url, identifier, ...more }
      return (await post('sql/integrations', { auth_type: 'custom', configuration })).json.data.auth_scopes
    }
    const query = (account: string, sql: string, headers: Record<string, string> = {}) =>
      post('sql/query', { query: sql }, { 'x-integration': account, ...headers })
    expect(await link('administrator', {})).toContain('admin')
    expect(await link('read-only administrator', { read_only: true })).toContain('admin')
    for (const account of ['administrator', 'read-only administrator']) {
      const refused = await query(account, 'select 1 as n', READ_ONLY)
      expect(failure(refused)).toEqual({ status: 403, code: 'FORBIDDEN' })
      expect(refused.json.message).toContain('a database user with fewer rights, or use execute_connector')
      expect((await query(account, 'select 1 as n')).status).toBe(200)
    }
    const writer = Object.assign(new URL(url), { username: role }).href
    expect(await link('writer', { url: writer })).toEqual(['read', 'write'])
    expect((await query('writer', 'select 1 as n', READ_ONLY)).json.data).toEqual([{ n: 1 }])
    const insert = "with x as (insert into books values ('Momo') returning title) select * from x"
    expect(failure(await query('writer', insert, READ_ONLY)).code).toBe('FORBIDDEN')
    expect((await query('administrator', 'select * from books')).json.data).toEqual([])
    expect((await query('writer', "insert into books values ('Momo')")).status).toBe(200)
  })
})
