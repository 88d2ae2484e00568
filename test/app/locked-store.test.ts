import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { connect, type ServiceConnection } from '../../src/app/index.js'
import { readConfig } from '../../src/config/index.js'

afterEach(() => vi.restoreAllMocks())

/** A connection to an embedded service that has not opened its store yet. */
async function unopened(): Promise<{ storeFile: string; connection: ServiceConnection }> {
  const home = await mkdtemp(join(tmpdir(), 'locked-'))
  const folder = join(home, 'data')
  const config = readConfig({ HOME: home, CONNECTORS_DATA_DIR: folder, CONNECTORS_LOG_LEVEL: 'fatal' })
  const connection = await connect(config)
  onTestFinished(async () => {
    await connection.close()
    await rm(home, { recursive: true, force: true })
  })
  return { storeFile: join(folder, 'store.db'), connection }
}

/** The store waits 10 s for a lock by this clock; each look at it takes 11 s here. */
function hurryTheStore(): void {
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 11_000))
}

test('a tool call that finds the store locked is answered once the lock is released', async () => {
  const { storeFile, connection } = await unopened()
  const other = new Database(storeFile)
  other.exec('begin exclusive')
  hurryTheStore()
  await expect(connection.client()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
  vi.restoreAllMocks()
  other.exec('rollback')
  other.close()
  await expect((await connection.client()).createUser('grace@example.com')).resolves.toMatchObject({
    identifier: 'grace@example.com',
  })
})
