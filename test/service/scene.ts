import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { KeyRing } from '../../src/crypto/index.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import type { Store } from '../../src/store/store.js'

/** A store in a folder of its own, with the keys that open it. */
export interface Scene {
  folder: string
  file: string
  ring: { ring: KeyRing; text: string }
  store: Store
}

export async function newScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'service-'))
  const file = join(folder, 'store.db')
  const store = await openSqliteStore(file)
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, file, ring: KeyRing.generate(), store }
}
