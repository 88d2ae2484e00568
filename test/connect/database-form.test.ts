import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser, type Page } from '../browser.js'
import { describeMariadb } from '../databases/index.js'
import { embeddedScene, makeDatabase, type Scene } from './scene.js'

let scene: Scene
let file: string
beforeAll(async () => {
  scene = await embeddedScene()
  file = makeDatabase(join(scene.folder, 'books.db'))
})
afterAll(() => scene?.close())

/** Sends the form of a new link with that filled in. */
async function send(typed: Record<string, string>): Promise<Page> {
  const { url, link_id } = await scene.client.beginLink('sql', scene.token)
  const browser = new Browser({ follow: 'everything' })
  await browser.open(url)
  const named = Object.entries(typed).map(([name, value]) => [`field.${name}`, value])
  const page = await browser.submit('/configuration', Object.fromEntries(named))
  await scene.client.cancelLink(scene.token, link_id)
  return page
}

const sentence = ({ root }: Page): string => root.querySelector('[role=alert] p')?.text ?? ''
const marked = ({ root }: Page): (string | undefined)[] =>
  root.querySelectorAll('[aria-invalid=true]').map((field) => field.getAttribute('name') ?? field.tagName)
const focused = ({ root }: Page): string | undefined => root.querySelector('[autofocus]')?.getAttribute('name')

test.each([
  ['a path', (path: string) => path],
  ['a file URL', (path: string) => `file://${path}`],
  ['one slash', (path: string) => `sqlite:${path}`],
  ['a URL', (path: string) => `sqlite:///${path}`],
])('a file is taken where a URL is asked for, given as %s', async (_name, written) => {
  const page = await send({ url: written(file), identifier: 'books', read_only: 'true' })
  expect([page.status, sentence(page)]).toEqual([200, ''])
  expect(page.text).toContain('SQL is linked')
})

test.each([
  ['sqlite:///', 'as a URL write sqlite:////home/me/shop.db for an absolute path (four slashes)'],
  ['sqlite://', 'as a URL write sqlite:////home/me/shop.db for an absolute path (four slashes)'],
  ['sqlite://home/me/shop.db', 'and sqlite:///shop.db for a relative one (three)'],
  ['sqlite:///not/there.db', 'in a URL, an absolute path has four slashes'],
  ['/not/there.db', 'no readable SQLite file was found at that path'],
  ['~/shop.db', 'only shells know what ~ stands for'],
  ['shop', 'The url has no scheme'],
])('what is no URL of a file gets the right sentence, and the field is marked and open: %s', async (url, expected) => {
  const page = await send({ url })
  expect(sentence(page)).toContain(expected)
  expect([marked(page), focused(page)]).toEqual([['field.url'], 'field.url'])
  expect(page.root.querySelector('#field-url')?.closest('details')?.hasAttribute('open')).toBe(true)
  expect(page.text).not.toContain(`value="${url}"`)
})

test('the path of a file may be written as a URL, and what was typed for a server is left out of its account', async () => {
  const server = { host: 'db.example', port: '5432', username: 'ann', password: 'a secret' }
  const page = await send({ driver: 'sqlite', database: `sqlite:///${file}`, read_only: 'true', ...server })
  expect(page.text).toContain('SQL is linked')
  const accounts = await scene.client.listIntegrations('sql', scene.token)
  expect(accounts.map(({ user_identifier }) => user_identifier)).toContain(`sqlite:None:None:None:${file}`)
  expect(basename(file)).toBe('books.db')
})

test('settings that hold a secret are not sent back, others are', async () => {
  const secret = await send({ host: '127.0.0.1', extra_config: '{"sslpassword": "a secret"}' })
  expect(secret.text).not.toContain('a secret')
  expect(secret.text).toContain('id="field-extra_config-again"')
  const url = await send({ url: 'postgresql://u:canary-4711@127.0.0.1:1/db' })
  expect(sentence(url)).not.toBe('')
  expect(url.text).not.toContain('canary-4711')
  expect((await send({ extra_config: '{"sslmode": "require"}' })).text).toContain('&quot;sslmode&quot;')
})

describeMariadb('a MariaDB that was taken for a PostgreSQL', (server) => {
  test('marks the kind, and the person only has to choose another one', async () => {
    const { hostname: host, port } = new URL(server.url)
    const page = await send({ driver: 'postgresql', host, port, username: 'root', database: 'mysql' })
    expect(sentence(page)).toContain('A MariaDB server answers at that host and port; choose that kind of database')
    expect([marked(page), focused(page)]).toEqual([['FIELDSET'], 'field.driver'])
    const { fields } = page.form('/configuration')
    expect(fields).toMatchObject({ 'field.host': host, 'field.port': port, 'field.username': 'root' })
  })
})

test('the pages of GitHub on which a token is made open beside ours', async () => {
  const { url } = await scene.client.beginLink('github', scene.token)
  const page = await new Browser().open(url)
  const links = page.root.querySelectorAll('.pages a')
  expect(links.map((link) => link.attributes)).toEqual([
    {
      href: 'https://github.com/settings/tokens/new?scopes=repo,project,read:user,read:org&description=connectors-mcp',
      target: '_blank',
      rel: 'noreferrer',
    },
    expect.objectContaining({ target: '_blank', rel: 'noreferrer' }),
  ])
})
