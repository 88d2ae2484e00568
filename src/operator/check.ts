import { existsSync, statSync } from 'node:fs'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import { openDataFolder } from '../home/data-folder.js'
import { openSqliteStore } from '../store/sqlite/store.js'

export interface CheckedStore {
  file: string
  /** Bytes. */
  size: number
}

/**
 * Reads the whole store of the data folder and makes sure that it is intact. Creates none.
 * @throws NOT_FOUND where there is none; MISCONFIGURED, with what to do, when it is damaged
 */
export async function checkStore(config: Config): Promise<CheckedStore> {
  const { storeFile: file } = await openDataFolder(config)
  if (!existsSync(file)) throw noStore(file)
  const store = await openSqliteStore(file, { checkWhole: true })
  await store.close()
  return { file, size: statSync(file).size }
}

const noStore = (file: string): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', `There is no store ${file} yet; the first command that needs one creates it.`)
