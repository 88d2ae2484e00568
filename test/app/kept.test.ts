import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/app/index.js'
import { ClientFile } from '../../src/client/index.js'
import { readConfig } from '../../src/config/index.js'

test('what is kept survives the process, and what has expired is deleted when the next one starts', async () => {
  const home = await mkdtemp(join(tmpdir(), 'kept-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const folder = join(home, 'data')
  const config = readConfig({ HOME: home, CONNECTORS_DATA_DIR: folder, CONNECTORS_LOG_LEVEL: 'fatal' })
  /** Reads or changes the store as another process. */
  const inStore = <Result>(run: (database: Database.Database) => Result): Result => {
    const database = new Database(join(folder, 'store.db'))
    try {
      return run(database)
    } finally {
      database.close()
    }
  }
  const partsIn = () =>
    inStore((database) => (database.prepare('select count(*) as n from kept_parts').get() as { n: number }).n)

  const first = await connect(config)
  const client = await first.client()
  const { secret } = await client.createUser('grace@example.com')
  const { token } = await client.authenticate('grace@example.com', secret)
  const file = await client.keepFile(new ClientFile(Buffer.from('abc'), 'a.txt', 'text/plain'), token)
  const result = await client.keepResult({ data: [1], meta: null }, token)
  await first.close()
  expect(partsIn()).toBe(2)
  inStore((database) => database.prepare('update kept set expires_at = 1 where id = ?').run(file.handle))

  const second = await connect(config)
  onTestFinished(() => second.close())
  const again = await second.client()
  expect(await again.keptResult(result.handle, token)).toEqual({ data: [1], meta: null })
  await expect(again.keptFile(file.handle, token)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await vi.waitFor(() => expect(partsIn()).toBe(1))
  expect(await again.keptResult(result.handle, token)).toEqual({ data: [1], meta: null })
})
