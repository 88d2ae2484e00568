import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Connector, path } from '../../src/kit/index.js'
import { newApi, notes } from '../api/harness.js'
import { browserOf, type Page } from '../browser.js'
import { makeDatabase } from './scene.js'

/** A person with the page of links to two SQLite files. */
async function scene() {
  const api = await newApi({ requireSignIn: false })
  const { token, id } = await api.user(await api.client(), 'ada@example.com')
  const [one = '', two = ''] = ['one.db', 'two.db'].map((name) => makeDatabase(join(api.folder, name)))
  const browser = browserOf(api.api)
  const begin = async (json: Record<string, unknown> = {}) => {
    const { link_id, url } = (await api.call('POST', '/connectors/sql/links', { token, json })).json.data
    const state = async () => (await api.call('GET', `/links/${link_id}`, { token })).json.data
    return { path: new URL(url).pathname, state }
  }
  /** Fills the form in on the page of a new link, and looks at what is asked then. */
  const fill = async (file: string, identifier: string, more: Record<string, string> = {}, json = {}) => {
    const link = await begin(json)
    await browser.open(link.path)
    const sent = await browser.submit('configuration', {
      'field.url': `sqlite:///${file}`,
      'field.identifier': identifier,
      ...more,
    })
    return { ...link, sent, page: await browser.open(link.path) }
  }
  const add = (file: string, identifier: string, more: Record<string, unknown> = {}) =>
    api.call('POST', '/connectors/sql/integrations', {
      token,
      json: { configuration: { url: `sqlite:///${file}`, identifier, ...more } },
    })
  const fileOf = async (identifier: string) => {
    const json = { query: 'select file from pragma_database_list' }
    const call = { token, json, headers: { 'x-integration': identifier } }
    return (await api.call('POST', '/connectors/sql/query', call)).json.data[0].file
  }
  const names = async () =>
    (await api.call('GET', '/connectors/sql/integrations', { token })).json.data.map(
      ({ user_identifier }: { user_identifier: string }) => user_identifier,
    )
  return { api, token, id, one, two, browser, fill, add, fileOf, names }
}

const READ_ONLY = { 'field.read_only': 'true' }
const buttonsOf = (page: Page): string[] => page.root.querySelectorAll('button').map(({ text }) => text)
/** The forms by which something is linked, in their order. */
const choices = (page: Page) => page.forms.filter(({ action }) => action.endsWith('/access'))
const words = (page: Page) => page.root.text.replaceAll(/\s+/g, ' ')

describe('a name that another database has', () => {
  test('is asked about together with the access, and nothing is linked before', async () => {
    const { one, two, fill, add, fileOf } = await scene()
    await add(one, 'books', { read_only: true })
    const { page, state } = await fill(two, 'books')
    expect(words(page)).toContain(
      `Another account already has this name: books, which leads to sqlite:${one}, read-only. If you replace it, it is no longer linked`,
    )
    expect(page.text).toContain('May your agent change something there?')
    expect(buttonsOf(page)).toEqual([
      'Replace it, as read-only',
      'Replace it, with write access',
      'Link as read-only',
      'Link with write access',
      'Back to the form',
      'Cancel',
    ])
    expect(await state()).toMatchObject({ status: 'pending' })
    expect(await fileOf('books')).toBe(one)
  })

  test('is given to the new one where the person says so, and everybody is told what it replaced', async () => {
    const { one, two, browser, fill, add, fileOf, names } = await scene()
    await add(one, 'books')
    const { path: page, state } = await fill(two, 'books')
    expect((await browser.submit('access', { access: 'read_only' })).location).toBe(page)
    const replaced_account = `books (sqlite:${one})`
    expect(await state()).toMatchObject({ status: 'linked', replaced: true, replaced_account, read_only: true })
    expect(words(await browser.open(page))).toContain(`It replaced ${replaced_account}.`)
    expect([await fileOf('books'), await names()]).toEqual([two, ['books']])
  })

  test('is not replaced without a word on the access, where that is asked, too', async () => {
    const { one, two, browser, fill, add, fileOf } = await scene()
    await add(one, 'books')
    const { state } = await fill(two, 'books')
    const refused = await browser.submit('access', { access: 'as_it_is' })
    expect(refused.text).toContain('Choose whether your agent may change something there')
    expect(await state()).toMatchObject({ status: 'pending' })
    expect(await fileOf('books')).toBe(one)
  })

  test('is asked about alone where nothing can be changed', async () => {
    const { one, two, browser, fill, add, fileOf } = await scene()
    await add(one, 'books')
    const { page } = await fill(two, 'books', READ_ONLY)
    expect(buttonsOf(page).slice(0, 2)).toEqual(['Replace it', 'Link it'])
    expect(page.text).not.toContain('May your agent change')
    await browser.submit('access', { access: 'as_it_is' })
    expect(await fileOf('books')).toBe(two)
  })

  test('is left alone by another name, without anything filled in again', async () => {
    const { one, two, browser, fill, add, fileOf, names } = await scene()
    await add(one, 'books')
    await add(one, 'books-2')
    const { page, state } = await fill(two, 'books')
    expect(page.field('name')).toBe('books-3')
    await browser.submit(choices(page)[1], { access: 'write' })
    expect(await state()).toMatchObject({ status: 'linked', user_identifier: 'books-3', replaced: false })
    expect([await fileOf('books'), await fileOf('books-3')]).toEqual([one, two])
    expect(await names()).toEqual(['books', 'books-2', 'books-3'])
  })

  test('may be given a name in any script, which is kept beside the one it is reached by', async () => {
    const { one, two, browser, fill, add } = await scene()
    await add(one, 'books')
    const { page, state, path } = await fill(two, 'books')
    await browser.submit(choices(page)[1], { access: 'read_only', name: 'Bücher אב' })
    expect(await state()).toMatchObject({
      title: 'Bücher אב',
      user_identifier: expect.stringMatching(/^B_cher __-[0-9a-f]{8}$/),
    })
    expect((await browser.open(path)).text).toContain('<bdi><strong>Bücher אב</strong></bdi>')
  })

  test('is asked about again where the other name is taken, too', async () => {
    const { one, two, browser, fill, add, fileOf } = await scene()
    await add(one, 'books')
    await add(one, 'other')
    const { page, path, state } = await fill(two, 'books')
    await browser.submit(choices(page)[1], { access: 'write', name: 'other' })
    const again = await browser.open(path)
    expect(words(again)).toContain('Another account already has this name: other')
    expect(await state()).toMatchObject({ status: 'pending' })
    await browser.submit('access', { access: 'write' })
    expect(await state()).toMatchObject({
      status: 'linked',
      user_identifier: 'other',
      replaced_account: `other (sqlite:${one})`,
    })
    expect([await fileOf('books'), await fileOf('other')]).toEqual([one, two])
  })

  test('is asked about again where something else has it by then', async () => {
    const { api, token, one, two, browser, fill, add } = await scene()
    await add(one, 'books')
    const third = makeDatabase(join(api.folder, 'three.db'))
    const { path, state } = await fill(two, 'books')
    await api.call('DELETE', '/connectors/sql/integrations/books', { token })
    await add(third, 'books')
    await browser.submit('access', { access: 'write' })
    expect(await state()).toMatchObject({ status: 'pending' })
    expect(words(await browser.open(path))).toContain(`books, which leads to sqlite:${third}`)
  })

  test.each([[{ replace_duplicate: true }], [{}]])('is asked about whatever the agent asked for: %j', async (json) => {
    const { one, two, fill, add } = await scene()
    await add(one, 'books')
    expect(buttonsOf((await fill(two, 'books', {}, json)).page)).toContain('Replace it, as read-only')
  })

  test.each(['', '   ', 'x'.repeat(256)])('is not replaced by a name that is none: %j', async (name) => {
    const { one, two, browser, fill, add } = await scene()
    await add(one, 'books')
    const { page, state } = await fill(two, 'books')
    const refused = await browser.submit(choices(page)[1], { access: 'write', name })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('Give the account a name of 1 to 255 characters. Nothing is linked yet.')
    expect(await state()).toMatchObject({ status: 'pending' })
  })
})

describe('the same database again', () => {
  test('gets its new credential without a question about its place', async () => {
    const { one, fill, add } = await scene()
    await add(one, 'books')
    const { sent, state, path } = await fill(one, 'books', READ_ONLY)
    expect(sent.location).toBe(path)
    expect(await state()).toMatchObject({ status: 'linked', replaced: true, replaced_account: null, read_only: true })
  })

  test('that is linked as read-only becomes writable only where the person is told', async () => {
    const { one, browser, fill, add } = await scene()
    await add(one, 'books', { read_only: true })
    const first = await fill(one, 'books')
    expect(words(first.page)).toContain(
      `This account is already linked as read-only: books, which leads to sqlite:${one}.`,
    )
    expect(buttonsOf(first.page).slice(0, 2)).toEqual(['Link as read-only', 'Link with write access from now on'])
    await browser.submit('access', { access: 'read_only' })
    expect(await first.state()).toMatchObject({ read_only: true, replaced: true, replaced_account: null })
    const second = await fill(one, 'books')
    await browser.submit('access', { access: 'write' })
    const replaced_account = `books (sqlite:${one}), read-only`
    expect(await second.state()).toMatchObject({ read_only: false, replaced_account })
  })
})

test('what the person calls an account is text on the page, whatever it is', async () => {
  const { one, two, browser, fill } = await scene()
  const name = '<b>"日本"</b>\u202e& <script>'
  const first = await fill(one, name, READ_ONLY)
  expect(await first.state()).toMatchObject({ status: 'linked', title: '<b>"日本"</b>& <script>' })
  expect((await browser.open(first.path)).root.querySelectorAll('main script, main b')).toEqual([])
  const { page } = await fill(two, name)
  expect(page.root.querySelectorAll('main script, main b')).toEqual([])
  expect(words(page)).toContain('日本')
})

/** A login of Notes with the number of the account. */
const numbered: Connector = {
  ...notes,
  account: async (upstream) => {
    const me = (await (upstream as { get(at: unknown): Promise<unknown> }).get(path`/me`)) as {
      login: string
      id: string
    }
    return { identifier: me.login, id: me.id }
  },
}

describe('an account of OAuth 2', () => {
  const start = async () => {
    const api = await newApi({ connectors: [numbered], requireSignIn: false })
    const { token } = await api.user(await api.client(), 'ada@example.com')
    const browser = browserOf(api.api)
    const link = async (login: string, id: string, json = {}) => {
      api.thirdParty.answer = ({ url }) => ({
        json: url.pathname === '/token' ? { access_token: `token-of-${id}`, token_type: 'bearer' } : { login, id },
      })
      const { link_id, url } = (await api.call('POST', '/connectors/notes/links', { token, json })).json.data
      await browser.open(new URL(url).pathname)
      const state = new URL((await browser.submit('authorize')).onward ?? '').searchParams.get('state') ?? ''
      await browser.open(`/connectors/notes/success-authorize-callback?${new URLSearchParams({ code: 'c', state })}`)
      return (await api.call('GET', `/links/${link_id}`, { token })).json.data
    }
    return { api, token, link }
  }

  test('is replaced by itself', async () => {
    const { link } = await start()
    await link('octo', '1')
    expect(await link('octo', '1')).toMatchObject({ status: 'linked', replaced: true, replaced_account: null })
  })

  test('is not replaced by somebody else who has its login by now, without the wish', async () => {
    const { link } = await start()
    await link('octo', '1')
    expect(await link('octo', '2')).toMatchObject({
      status: 'failed',
      error: 'duplicate_user_error',
      message: expect.stringMatching(/^Another notes account is linked under that name/),
    })
    expect(await link('octo', '2', { replace_duplicate: true })).toMatchObject({
      status: 'linked',
      replaced: true,
      replaced_account: 'octo',
    })
  })
})
