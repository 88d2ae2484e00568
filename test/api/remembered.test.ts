import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'libsql'
import { describe, expect, test } from 'vitest'
import { failure, type Harness, newApi } from './harness.js'

const REFUSED = { status: 401, code: 'INVALID_API_KEY' }

/** Changes the store as another process would, which is noticed by the next turn of the event loop. */
async function change({ folder }: Harness, sql: string, ...values: unknown[]): Promise<void> {
  const database = new Database(join(folder, 'store.db'))
  database.prepare(sql).run(...values)
  database.close()
  await nextTurn()
}

async function withAccounts() {
  const api = await newApi()
  api.thirdParty.answer = ({ headers }) => ({ json: { login: headers?.authorization?.replace('Bearer ', '') } })
  const key = await api.client()
  const { token, id } = await api.user(key)
  const link = (name: string) =>
    api.call('POST', '/connectors/notes/integrations', {
      token,
      json: { auth_type: 'custom', configuration: { token: name } },
    })
  for (const name of ['one', 'two']) expect((await link(name)).status).toBe(200)
  const names = async (path: string): Promise<string[]> => {
    const { data } = (await api.call('GET', path, { token, key })).json
    const accounts: { user_identifier: string; selected: boolean; auth_status: string }[] = data.integrations ?? data
    return accounts.map(
      (account) =>
        `${account.user_identifier}${account.selected ? '*' : ''}${account.auth_status === 'active' ? '' : '!'}`,
    )
  }
  return { api, key, token, id, link, names }
}

describe('an API key that was right before', () => {
  const path = '/connectors/notes/integrations'

  test('is refused once its client is inactive, renamed or has another key, and accepted when that is undone', async () => {
    const { api, key, token } = await withAccounts()
    const other = await api.client()
    const [client, another] = await Promise.all([
      api.service.tenants.byApiKey(key),
      api.service.tenants.byApiKey(other),
    ])
    const answer = () => api.call('GET', path, { key, token })
    const columns = ['is_active', 'name', 'key_hash'] as const
    const changes: Record<(typeof columns)[number], string> = {
      is_active: '0',
      name: "'renamed'",
      key_hash: `(select key_hash from clients where id = '${another.id}')`,
    }
    for (const column of columns) {
      expect((await answer()).status).toBe(200)
      expect((await answer()).status).toBe(200)
      await change(api, `create table value_before as select ${column} as value from clients where id = ?`, client.id)
      await change(api, `update clients set ${column} = ${changes[column]} where id = ?`, client.id)
      expect(failure(await answer()), column).toEqual(REFUSED)
      expect(failure(await answer()), column).toEqual(REFUSED)
      await change(api, `update clients set ${column} = (select value from value_before) where id = ?`, client.id)
      await change(api, 'drop table value_before')
    }
    expect((await answer()).status).toBe(200)
  })

  test('is refused at once when its client is deleted', async () => {
    const { api, key, token } = await withAccounts()
    expect((await api.call('GET', path, { key, token })).status).toBe(200)
    const { id } = await api.service.tenants.byApiKey(key)
    await api.service.tenants.remove(id)
    await expect(api.service.tenants.byApiKey(key)).rejects.toMatchObject({ code: 'INVALID_API_KEY' })
    expect(failure(await api.call('GET', path, { token }))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
  })

  test('does not open the way for a key that is like it', async () => {
    const { api, key, token } = await withAccounts()
    expect((await api.call('GET', path, { key, token })).status).toBe(200)
    const last = key.at(-1) === 'A' ? 'B' : 'A'
    for (const wrong of [
      key.slice(0, -1) + last,
      `${key} x`,
      key.slice(0, -1),
      'sk-admin-',
      `sk-admin-${'A'.repeat(43)}`,
    ])
      expect(failure(await api.call('GET', path, { key: wrong, token })), wrong).toEqual(REFUSED)
  })
})

describe.each(['/connectors/notes/integrations', '/users/me'])('the accounts in %s', (path) => {
  test('are those that are there, at once after each change of this process', async () => {
    const { api, token, link, names } = await withAccounts()
    expect(await names(path)).toEqual(['one*', 'two'])
    await api.call('POST', '/connectors/notes/integrations/two', { token })
    expect(await names(path)).toEqual(['one', 'two*'])
    await link('three')
    expect(await names(path)).toEqual(['one', 'two*', 'three'])
    await api.call('DELETE', '/connectors/notes/integrations/two', { token })
    expect(await names(path)).toEqual(['one', 'three*'])
    api.thirdParty.answer = () => ({ status: 401 })
    await api.call('POST', '/connectors/notes/list_notes', { token, json: {} })
    expect(await names(path)).toEqual(['one', 'three*!'])
  })

  test('are those that another process left', async () => {
    const { api, id, names } = await withAccounts()
    expect(await names(path)).toEqual(['one*', 'two'])
    await change(api, "update integrations set auth_status = 'reconnect_required' where user_identifier = 'two'")
    expect(await names(path)).toEqual(['one*', 'two!'])
    await change(api, 'delete from integrations where user_id = ?', id)
    expect(await names(path)).toEqual([])
  })

  test('are those of the caller', async () => {
    const { api, key, names } = await withAccounts()
    expect(await names(path)).toHaveLength(2)
    const { token } = await api.user(key)
    const { data } = (await api.call('GET', path, { token })).json
    expect(data.integrations ?? data).toEqual([])
  })
})
