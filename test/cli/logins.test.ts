import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MAIN } from '../built/build.js'
import { StdioProcess } from '../built/stdio-process.js'
import { call, done, newFolder, run, type Settings, serve } from './command.js'
import { createUser, logIn, makeDatabase } from './service.js'

const PATIENCE = { timeout: 60_000 }

/** One conversation: an agent starts the server, calls a tool, and goes away. */
async function converse(settings: Settings, name: string, args: Record<string, unknown> = {}) {
  const agent = new StdioProcess([MAIN], { HOME: settings.CONNECTORS_DATA_DIR ?? '', ...settings })
  onTestFinished(() => agent.end())
  const result = await agent.tryCall(name, args)
  await agent.end()
  return result
}

const secretIn = (text: string) => /sk-user-[\w.-]+/.exec(text)?.[0]
const status = async (settings: Settings) => JSON.parse((await run(['auth', 'status', '--json'], settings)).stdout)
const QUERY = { connector: 'sql', action: 'query', params: { query: 'select value from answers limit 1' } }

test('whatever a person does by ordinary acts, the accounts are there afterwards', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder() }
  const answers = async () => {
    const { shown } = await converse(settings, 'execute_connector', QUERY)
    return JSON.stringify(shown)
  }

  // An agent registers the person, in a conversation that ends.
  const registered = await converse(settings, 'register_user', { identifier: 'ada' })
  expect(secretIn(JSON.stringify(registered))).toBeUndefined()
  const configuration = { url: makeDatabase(newFolder()), identifier: 'db' }
  expect((await converse(settings, 'link_integration', { connector: 'sql', configuration })).isError).toBeFalsy()
  expect(await answers()).toContain('42')

  // The person registers another user, and comes back.
  const second = await done(['auth', 'login', 'bob the second', '--register'], settings)
  expect(second.stderr).toContain(`The login of ada stays saved; return to it with: ${process.execPath} ${MAIN} auth`)
  expect(await answers()).toContain('INTEGRATION_NOT_FOUND')
  expect((await run(['auth', 'status'], settings)).stderr).toContain('Saved on this machine: ada.')
  expect((await done(['auth', 'login', 'ada'], settings)).stderr).toContain("auth login 'bob the second'")
  expect(await answers()).toContain('42')

  // Logs out, and comes back.
  expect((await done(['auth', 'logout'], settings)).stderr).toContain('stays saved on this machine')
  expect(await status(settings)).toMatchObject({ logged_in: false, others: [{ identifier: 'ada' }, {}] })
  expect((await run(['auth', 'status'], settings)).stderr).toMatch(/Log in with: .* auth login ada\n/)
  await done(['auth', 'login', 'ada'], settings)
  expect(await answers()).toContain('42')

  // Loses the files of the logins.
  const folder = settings.CONNECTORS_DATA_DIR
  for (const name of readdirSync(folder)) if (name.startsWith('login')) rmSync(join(folder, name))
  expect(await answers()).toContain('INVALID_TOKEN')
  const again = await run(['auth', 'login', 'ada', '--register'], settings)
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('users reset ada --login" creates another one'),
  })
  const taken = await converse(settings, 'register_user', { identifier: 'ada' })
  expect(JSON.stringify(taken.content)).toContain(
    `CONNECTORS_DATA_DIR=${folder} ${process.execPath} ${MAIN} users reset IDENTIFIER --login`,
  )
  const reset = await done(['users', 'reset', 'ada', '--login'], settings)
  expect(secretIn(reset.stdout + reset.stderr)).toBeUndefined()
  expect(await answers()).toContain('42')
})

test(
  'a secret is destroyed only by a word that says so, and what is lost and how to come back is said',
  PATIENCE,
  async () => {
    const settings = { CONNECTORS_DATA_DIR: newFolder() }
    await done(['auth', 'login', 'ada', '--register'], settings)
    const first = (await done(['auth', 'secret'], settings)).stdout
    await done(['auth', 'login', 'bob', '--register'], settings)
    expect((await done(['auth', 'secret', 'ada'], settings)).stdout).toBe(first)
    expect(await run(['auth', 'logout', 'carol', '--forget'], settings)).toMatchObject({ code: 1 })
    await done(['auth', 'logout'], settings)
    expect(await run(['auth', 'logout', '--forget'], settings)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^connectors-mcp: Name the login to forget: .* Saved on this machine: ada, bob\.\n$/,
      ),
    })
    const forgotten = await done(['auth', 'logout', 'ada', '--forget'], settings)
    expect(forgotten.stderr).toContain(
      'The login of ada and its secret are deleted. The accounts of the user are kept.',
    )
    expect(forgotten.stderr).toMatch(/no one can log in as ada again\. .* users reset ada --login" creates another one/)
    expect(await run(['auth', 'secret', 'ada'], settings)).toMatchObject({ code: 2, stdout: '' })
    // Who has a copy needs nothing else.
    await done(['auth', 'login', 'ada'], settings, first)
    expect(await status(settings)).toMatchObject({ identifier: 'ada', others: [{ identifier: 'bob', current: false }] })
  },
)

test(
  'users reset ends the old secret and its logins at once, and the saved login is told of it',
  PATIENCE,
  async () => {
    const settings = { CONNECTORS_DATA_DIR: newFolder() }
    const url = await serve(settings)
    const apiKey = (await done(['clients', 'create', 'team', '--json'], settings)).stdout
    const ann = await logIn(url, 'ann', (await createUser(url, JSON.parse(apiKey).api_key, 'ann')).secret)
    const me = (token: string) => call(url, '/users/me', undefined, { authorization: `Bearer ${token}` })
    expect(await me(ann.token)).toMatchObject({ identifier: 'ann' })
    const reset = await done(['users', 'reset', 'ann', '--client', 'team'], settings)
    expect(reset.stdout).toMatch(/^sk-user-\S+\n$/)
    await expect(me(ann.token)).rejects.toThrow('INVALID_TOKEN')
    await expect(logIn(url, 'ann', ann.secret)).rejects.toThrow('INVALID_CREDENTIALS')
    expect(await me((await logIn(url, 'ann', reset.stdout.trim())).token)).toMatchObject({ identifier: 'ann' })
    expect(JSON.parse((await done(['users', 'list', '--client', 'team', '--json'], settings)).stdout)).toEqual([
      { identifier: 'ann', id: expect.any(String), created_at: expect.stringMatching(/Z$/), accounts: 0 },
    ])

    await done(['auth', 'login', 'ada', '--register'], settings)
    const here = await done(['users', 'reset', 'ada'], settings)
    expect(here.stderr).toContain('The one that is saved on this machine has ended too; save this one with:')
    expect(await run(['auth', 'status'], settings)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('users reset ada --login'),
    })
    const typed = await done(['auth', 'login', 'ada'], settings, here.stdout)
    expect(typed.stderr).toContain('The saved secret of ada is no longer accepted; enter the new one.')
    expect(await run(['auth', 'status'], settings)).toMatchObject({ code: 0 })

    expect(await run(['users', 'reset', 'nobody'], settings)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('users list" names all'),
    })
    expect(await run(['users', 'reset', 'ann', '--client', 'team', '--login'], settings)).toMatchObject({ code: 3 })
  },
)
