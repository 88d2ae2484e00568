import { existsSync, linkSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import { KeyRing } from '../crypto/key-ring.js'
import { syncFolder, writeDraft } from './atomic-file.js'
import { KEY_FILE, type PrivateFolder } from './private-files.js'

/** Where the key-encryption keys come from. */
export interface KeyOrigin {
  kind: 'file' | 'environment' | 'command'
  /** Its name in sentences: `The key file /…/key`. */
  subject: string
  read(): Promise<KeyRing>
}

/**
 * The origin that the settings name, or else the key file. A missing key file is created here, unless a store
 * exists already; never when the keys come from elsewhere.
 * @param folder where a key file is; reads it
 * @throws MISCONFIGURED, with what to do, for a key file that is missing
 */
export function keyOrigin(
  { key, keyCommand }: Pick<Config, 'key' | 'keyCommand'>,
  files: { key: string; store: string },
  folder: PrivateFolder,
): KeyOrigin {
  if (key) {
    const subject = 'The setting CONNECTORS_KEY'
    return { kind: 'environment', subject, read: async () => KeyRing.parse(key.reveal(), subject) }
  }
  if (keyCommand) {
    const subject = 'What the command in CONNECTORS_KEY_COMMAND printed'
    const read = async () => {
      const { runKeyCommand } = await import('./key-command.js')
      return KeyRing.parse(await runKeyCommand(keyCommand), subject)
    }
    return { kind: 'command', subject, read }
  }
  if (!existsSync(files.key)) {
    if (existsSync(files.store)) throw keyMissing(files)
    publishKey(files.key)
  }
  return {
    kind: 'file',
    subject: `${KEY_FILE} ${files.key}`,
    read: async () => KeyRing.parse(readKey(files.key, folder)),
  }
}

/** Written completely under another name first, then renamed, so that half a key is never read. */
function publishKey(file: string): void {
  const draft = writeDraft(file, KeyRing.generate().text)
  try {
    linkSync(draft, file)
    syncFolder(dirname(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readKey(file: string, folder: PrivateFolder): string {
  const text = folder.read(file, KEY_FILE)
  if (text !== undefined) return text
  throw new ConnectorsError('MISCONFIGURED', `The key file ${file} is not there any more; put it back from your copy.`)
}

const keyMissing = ({ key, store }: { key: string; store: string }) =>
  new ConnectorsError(
    'MISCONFIGURED',
    `The key file ${key} is missing, and the store ${store} cannot be opened without it. Put the key file back from your backup; if it is lost for good, move the store away to start over, and link the accounts again.`,
  )
