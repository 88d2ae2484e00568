import { expect, test } from 'vitest'
import { done, newFolder, run, serve } from './command.js'
import { createUser, logIn } from './service.js'

const PATIENCE = { timeout: 60_000 }

test('the callback origins of a client are shown, set and cleared', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder() }
  const callbacks = (...args: string[]) => run(['clients', 'callbacks', ...args], settings)
  await done(['clients', 'create', 'one'], settings)
  expect(await callbacks('one')).toMatchObject({
    code: 0,
    stdout: '',
    stderr:
      'The client one lists no callback origins: links may end anywhere, and results of actions are posted nowhere.\n',
  })
  const listed = { code: 0, stdout: 'https://app.example\nhttp://127.0.0.1\n', stderr: '' }
  expect(await callbacks('one', 'https://App.example/', 'http://127.0.0.1')).toMatchObject(listed)
  expect(await callbacks('one')).toMatchObject(listed)
  expect(await callbacks('one', 'https://a.example', 'https://a.example/path')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('callback_origins[1] is not an origin'),
  })
  expect(await callbacks('one', '--any', 'https://a.example')).toMatchObject({ code: 3 })
  expect(await callbacks('one')).toMatchObject(listed)
  expect(await callbacks('one', '--any')).toMatchObject({ code: 0, stdout: '' })
  const secret = (name: string) => run(['clients', 'callback-secret', name], settings)
  expect(await secret('one')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=\n$/) })
  expect((await secret('one')).stdout).toBe((await secret('one')).stdout)
  expect((await secret('nobody')).code).toBe(1)
  expect(await callbacks('nobody', 'https://a.example')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No client has that name'),
  })
})

test('a callback origin that the operator lists is allowed at once by a running service', PATIENCE, async () => {
  const settings = { CONNECTORS_DATA_DIR: newFolder() }
  const url = await serve(settings)
  const refused = await run(['clients', 'create', 'one', '--callback', 'http://app.example'], settings)
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('uses http') })
  const origins = ['--callback', 'https://a.example', '--callback', 'https://b.example']
  const apiKey = (await done(['clients', 'create', 'one', ...origins], settings)).stdout.trim()
  const { token } = await logIn(url, 'ann', (await createUser(url, apiKey, 'ann')).secret)
  const begin = async (callback_url: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ callback_url })
    return (await fetch(`${url}/connectors/sql/links`, { method: 'POST', headers, body })).status
  }
  expect(await begin('https://b.example/after')).toBe(200)
  expect(await begin('https://c.example/after')).toBe(400)
  await done(['clients', 'callbacks', 'one', 'https://c.example'], settings)
  expect(await begin('https://b.example/after')).toBe(400)
  expect(await begin('https://c.example/after')).toBe(200)
  expect(await begin(`${url}/connectors/sql/success-authorize-callback`)).toBe(200)
})
