import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defineConnector, secretField, z } from '../../src/kit/index.js'
import { makeDatabase } from '../connect/scene.js'
import { failure, type Harness, newApi } from './harness.js'

/** An SQL service with two files, and a user. */
async function scene() {
  const api = await newApi()
  const user = await api.user(await api.client())
  const files = ['one.db', 'two.db'].map((name) => makeDatabase(join(api.folder, name)))
  const [one = '', two = ''] = files
  const link = (configuration: Record<string, unknown>, more: Record<string, unknown> = { replace_same: true }) =>
    api.call('POST', '/connectors/sql/integrations', { token: user.token, json: { configuration, ...more } })
  const fileOf = async (identifier: string) => {
    const json = { query: 'select file from pragma_database_list' }
    const headers = { 'x-integration': identifier }
    const { data } = (await api.call('POST', '/connectors/sql/query', { token: user.token, json, headers })).json
    return data?.[0]?.file
  }
  const list = async () => (await api.call('GET', '/connectors/sql/integrations', user)).json.data
  return { ...user, api, one, two, link, fileOf, list }
}

const url = (file: string, query = '') => `sqlite:///${file}${query}`

describe('a name that exists', () => {
  test('is not given to another database without the wish, and the refusal says what stands there', async () => {
    const { one, two, link, fileOf } = await scene()
    expect((await link({ url: url(one), identifier: 'books' })).status).toBe(200)
    const refused = await link({ url: url(two), identifier: 'books' })
    expect(failure(refused)).toEqual({ status: 409, code: 'INTEGRATION_EXISTS' })
    expect(refused.json.error.message).toMatch(
      /^Another sql account .* ask for it to be replaced, or .* another name\.$/,
    )
    expect(refused.json.error.details).toEqual({
      connector: 'sql',
      user_identifier: 'books',
      existing: `books (sqlite:${one})`,
    })
    expect(await fileOf('books')).toBe(one)
  })

  test('is given with replace_duplicate, as ever, and the answer says what it replaced', async () => {
    const { one, two, link, fileOf } = await scene()
    await link({ url: url(one), identifier: 'books' })
    const replaced = await link({ url: url(two), identifier: 'books' }, { replace_duplicate: true })
    expect(replaced.json.data).toMatchObject({ replaced: true, replaced_account: `books (sqlite:${one})` })
    expect(await fileOf('books')).toBe(two)
  })

  test('gets a new credential of the same database, however it is written, and nothing counts as replaced', async () => {
    const { one, link } = await scene()
    await link({ url: url(one), identifier: 'books' })
    for (const configuration of [
      { url: url(one), identifier: 'books' },
      { driver: 'sqlite+pysqlite', database: one, identifier: 'books' },
    ]) {
      const again = await link(configuration)
      expect(again.json.data).toMatchObject({ replaced: true, replaced_account: null, selected: true })
    }
  })

  test('of the same database is a conflict still without either wish', async () => {
    const { one, link } = await scene()
    await link({ url: url(one), identifier: 'books' })
    const refused = await link({ url: url(one), identifier: 'books' }, {})
    expect(failure(refused)).toEqual({ status: 409, code: 'INTEGRATION_EXISTS' })
    expect(refused.json.error.message).toBe(
      'That sql account is already linked; ask for it to be replaced to give it the new credential.',
    )
  })

  test.each([
    ['by the field', '', { read_only: true }],
    ['by the address', '?mode=ro', {}],
  ])('of a read-only account is not opened for writing without the wish: %s', async (_how, query, more) => {
    const { one, link } = await scene()
    await link({ url: url(one, query), identifier: 'books', ...more })
    const refused = await link({ url: url(one), identifier: 'books' })
    expect(failure(refused)).toEqual({ status: 409, code: 'INTEGRATION_EXISTS' })
    expect(refused.json.error.message).toContain('linked as read-only')
    expect(refused.json.error.details.existing).toBe(`books (sqlite:${one}), read-only`)
    const again = await link({ url: url(one), identifier: 'books', read_only: true })
    expect(again.json.data).toMatchObject({ read_only: true, replaced_account: null })
    const opened = await link({ url: url(one), identifier: 'books' }, { replace_duplicate: true })
    expect(opened.json.data).toMatchObject({ read_only: false, replaced_account: `books (sqlite:${one}), read-only` })
    const closed = await link({ url: url(one), identifier: 'books', read_only: true })
    expect(closed.json.data).toMatchObject({ read_only: true, replaced_account: null })
  })

  test('goes to one of two databases that ask for it at once, and the other is refused', async () => {
    const { one, two, link, list } = await scene()
    const answers = await Promise.all([one, two].map((file) => link({ url: url(file), identifier: 'books' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await list()).toHaveLength(1)
  })
})

describe('a name that does not fit on the wire', () => {
  test('is made different for different files, and what the person has stays as the title', async () => {
    const { api, link, list, fileOf } = await scene()
    const names = ['büro.db', 'bäro.db', '日本.db', '東京.db'].map((name) => makeDatabase(join(api.folder, name)))
    for (const file of names) {
      const { data } = (await link({ url: url(file) })).json
      expect(data.title).toBe(`sqlite:None:None:None:${file}`)
      expect(data.user_identifier).toMatch(/^sqlite:None:None:None:.*_+[a-z.]*-[0-9a-f]{8}$/)
      expect(await fileOf(data.user_identifier)).toBe(file)
    }
    expect((await list()).map(({ title }: { title: string }) => title)).toEqual(
      names.map((file) => `sqlite:None:None:None:${file}`),
    )
  })

  test.each(['Büro Datenbank', '*', 'a?b', '日本'])(
    'is refused where it was chosen, with one that fits: %s',
    async (identifier) => {
      const { one, link } = await scene()
      const refused = await link({ url: url(one), identifier })
      expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
      const { user_identifier, errors } = refused.json.error.details
      expect(errors).toEqual([{ field: 'identifier', message: 'is not a valid account name' }])
      expect((await link({ url: url(one), identifier: user_identifier })).json.data).toMatchObject({ user_identifier })
    },
  )
})

/** A third party whose accounts have a number that stays, and where a person may choose the name, too. */
const numbered = defineConnector({
  name: 'numbered',
  title: 'Numbered',
  description: 'Has accounts.',
  port: 'none',
  actions: [],
  auth: { custom: { fields: { key: secretField('login:number'), identifier: z.string().nullish() } } },
  account: async (_upstream, { key, identifier }) => {
    const [login = '', id = ''] = String(key).split(':')
    return { identifier: typeof identifier === 'string' ? identifier : login, ...(id === '' ? {} : { id }) }
  },
})

describe('an account that the third party names', () => {
  const start = async () => {
    const api = await newApi({ connectors: [numbered] })
    const { token } = await api.user(await api.client())
    const link = (configuration: Record<string, unknown>) =>
      api.call('POST', '/connectors/numbered/integrations', { token, json: { configuration, replace_same: true } })
    return link
  }

  test.each([
    ['the same login and number', { key: 'ann:1' }, { key: 'ann:1' }, 200],
    ['a login that is somebody else by now', { key: 'ann:1' }, { key: 'ann:2' }, 409],
    ['a login without a number', { key: 'ann' }, { key: 'ann:1' }, 200],
    ['a chosen name, and the same number', { key: 'ann:1', identifier: 'x' }, { key: 'bob:1', identifier: 'x' }, 200],
    ['a chosen name, and no number', { key: 'ann', identifier: 'x' }, { key: 'ann', identifier: 'x' }, 409],
    ['a login that somebody chose as a name', { key: 'bob', identifier: 'ann' }, { key: 'ann' }, 409],
  ])('is told apart by its number: %s', async (_what, first, second, status) => {
    const link = await start()
    expect((await link(first)).status).toBe(200)
    expect((await link(second)).status).toBe(status)
  })
})

test('two paths to one file are two accounts, each with its own name', async () => {
  const { api, one, link, list } = await scene()
  mkdirSync(join(api.folder, 'other'))
  const alias = join(api.folder, 'other', 'one.db')
  symlinkSync(one, alias)
  for (const file of [one, alias]) expect((await link({ url: url(file) })).status).toBe(200)
  expect(await list()).toHaveLength(2)
})

/** An account as an earlier release stored it: under a name without a hash, and without what is noted today. */
async function storedBefore({ service }: Harness, user: { id: string; token: string }, file: string, name: string) {
  const caller = await service.users.byToken(user.token)
  const connector = await service.catalogue.get('sql')
  const trial = await service.accounts.tryConfiguration(caller, connector, { url: url(file) })
  const { scopes, server } = trial.account
  const account = { identifier: name, scopes, server, readOnly: undefined }
  return service.accounts.save({ ...trial, account }, { replace: false })
}

describe('an account that an earlier release named', () => {
  test('keeps working, and its name when it is linked again', async () => {
    const { api, link, list, fileOf, ...user } = await scene()
    const file = makeDatabase(join(api.folder, 'büro.db'))
    const name = `sqlite:None:None:None:${file.replace('ü', '_')}`
    await storedBefore(api, user, file, name)
    expect(await list()).toMatchObject([{ user_identifier: name, title: name }])
    expect(await fileOf(name)).toBe(file)
    const { data } = (await link({ url: url(file) })).json
    expect(data).toMatchObject({ user_identifier: name, replaced: true, replaced_account: null })
    expect(await list()).toMatchObject([{ user_identifier: name, title: `sqlite:None:None:None:${file}` }])
  })

  test('is not taken for another that became the same name then', async () => {
    const { api, link, list, fileOf, ...user } = await scene()
    const [first = '', second = ''] = ['büro.db', 'bäro.db'].map((name) => makeDatabase(join(api.folder, name)))
    const name = `sqlite:None:None:None:${first.replace('ü', '_')}`
    await storedBefore(api, user, first, name)
    const { data } = (await link({ url: url(second) })).json
    expect(data).toMatchObject({ replaced: false })
    expect(data.user_identifier).not.toBe(name)
    expect([await fileOf(name), await fileOf(data.user_identifier)]).toEqual([first, second])
    expect(await list()).toHaveLength(2)
  })
})
