import { expect, test } from 'vitest'
import { failure, type Harness, newApi } from '../api/harness.js'
import { browserOf, type Page } from '../browser.js'

const FILLED = {
  ...{ driver: 'mariadb', host: 'db.example', port: 3307, database: 'shop', username: 'reader' },
  ...{ identifier: 'the shop', read_only: true },
}

async function asking(options: Parameters<typeof newApi>[0] = {}) {
  const api = await newApi({ requireSignIn: false, ...options })
  const { token } = await api.user(await api.client('the team'), 'ada@example.com')
  const begin = (json: Record<string, unknown>, connector = 'sql') =>
    api.call('POST', `/connectors/${connector}/links`, { token, json })
  return { api, token, begin }
}

const pathOf = (answer: Awaited<ReturnType<Harness['call']>>): string => new URL(answer.json.data.url).pathname

const shown = ({ forms }: Page): Record<string, string> =>
  Object.fromEntries(
    Object.entries(forms.find(({ action }) => action.endsWith('/configuration'))?.fields ?? {}).filter(
      ([name, value]) => name !== 'form_token' && value !== '',
    ),
  )

test('what an agent fills in stands in the form, marked, and nothing is sent by itself', async () => {
  const { api, token, begin } = await asking()
  const begun = await begin({ prefill: FILLED })
  expect(begun.status).toBe(200)
  const page = await browserOf(api.api).open(pathOf(begun))
  expect(shown(page)).toEqual({
    'field.driver': 'mariadb',
    'field.host': 'db.example',
    'field.port': '3307',
    'field.database': 'shop',
    'field.username': 'reader',
    'field.identifier': 'the shop',
    'field.read_only': 'true',
  })
  expect(page.text.match(/Filled in by your agent: please check it\./g)).toHaveLength(7)
  expect(page.text).toMatch(/id="field-host"[^>]*aria-describedby="field-host-hint field-host-agent"/)
  const standing = await api.call('GET', `/links/${begun.json.data.link_id}`, { token })
  expect(standing.json.data).toMatchObject({ status: 'pending' })
})

test('on a shared service it is shown only to the person who signed in', async () => {
  const { api, begin } = await asking({ requireSignIn: true })
  const page = await browserOf(api.api).open(pathOf(await begin({ prefill: FILLED })))
  expect(page.text).not.toContain('db.example')
})

test.each([
  [{ password: 'a secret' }],
  [{ url: 'postgresql://ann:a secret@h/d' }],
  [{ extra_config: 'a secret' }],
  [{ no_such_field: 'a secret' }],
  [{ driver: 'a secret' }],
  [{ port: true }],
  [{ read_only: 'a secret' }],
  [{ host: `a secret${'x'.repeat(1020)}` }],
  [{ host: 'a\nsecret' }],
  [{ __proto__: null, constructor: 'a secret' }],
])('what is secret, unknown or no value of its field is refused, and not quoted (%#)', async (prefill) => {
  const { begin } = await asking()
  const refused = await begin({ prefill })
  expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  expect(refused.json.message).toBe(
    'prefill takes driver, host, port, username, database, identifier, read_only for SQL, each as in a configuration; the person types secrets on the page.',
  )
  expect(refused.json.error.details.errors).toEqual([
    { field: `prefill.${Object.keys(prefill)[0]}`, message: expect.any(String) },
  ])
  expect(JSON.stringify(refused.json)).not.toContain('a secret')
})

test.each([['text'], [{ extra_config: { sslmode: 'disable' } }], [['sql']]])(
  'what is no object of plain values is refused: %j',
  async (prefill) => {
    const { begin } = await asking()
    const refused = await begin({ prefill })
    expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  },
)

test('a form with secrets alone takes none, and a link by a device code neither', async () => {
  const { begin } = await asking()
  const refused = await begin({ prefill: { token: 'x' } }, 'notes')
  expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  expect(refused.json.message).toBe(
    'The page of Notes has no fields that can be filled in beforehand; leave prefill out.',
  )
  expect(failure(await begin({ prefill: FILLED, device: true })).status).toBe(400)
})

test('asked for again with other values, the link that waits shows those; without any it keeps them', async () => {
  const { api, begin } = await asking()
  const first = await begin({ prefill: FILLED })
  const again = await begin({ prefill: { driver: 'sqlite', database: '/home/me/shop.db' } })
  const without = await begin({})
  expect([pathOf(again), pathOf(without)]).toEqual([pathOf(first), pathOf(first)])
  expect(shown(await browserOf(api.api).open(pathOf(first)))).toEqual({
    'field.driver': 'sqlite',
    'field.database': '/home/me/shop.db',
  })
})

test('what the person sends counts, and is shown again without the mark', async () => {
  const { api, begin } = await asking()
  const browser = browserOf(api.api)
  await browser.open(pathOf(await begin({ prefill: FILLED })))
  const refused = await browser.submit('configuration', { 'field.host': '', 'field.password': 'a secret' })
  expect(refused.status).toBe(400)
  expect(shown(refused)).toMatchObject({ 'field.driver': 'mariadb', 'field.username': 'reader' })
  expect(shown(refused)['field.host']).toBeUndefined()
  expect(refused.text).not.toContain('Filled in by your agent')
  expect(refused.text).not.toContain('a secret')
  expect(refused.text).toContain('id="field-password-again"')
})
