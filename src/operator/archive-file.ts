import { constants, createReadStream, rmSync } from 'node:fs'
import { access, lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { archiveKey, checkArchiveHeader, openArchive, sealArchive } from '../crypto/archive.js'
import type { ImportSummary, Service } from '../service/index.js'
import { namedClient } from './named-client.js'

/** The minimum length of a passphrase, in characters. */
export const SHORTEST_PASSPHRASE = 12

/** Longer than any header that we write. Bytes. */
const HEADER_LIMIT = 4096

/** A file, and the client whose users are in it or come from it. */
export interface ArchiveFile {
  file: string
  clientName: string
}

export interface ArchiveWithPassphrase extends ArchiveFile {
  passphrase: Secret
}

export interface ExportSummary {
  users: number
  integrations: number
}

/**
 * Checks that the client exists and that the file could be created, before a passphrase is asked for. Creates nothing.
 * @throws NOT_FOUND for the client, INVALID_PARAMETERS for the file
 */
export async function checkExport(service: Service, { file, clientName }: ArchiveFile): Promise<void> {
  await namedClient(service, clientName)
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw unusable(Object.assign(new Error('it is there already'), { code: 'EEXIST' }), file)
  // With the dot it must be a folder.
  await access(`${dirname(file)}/.`, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unusable(error, file)
  })
}

/**
 * Checks that the client exists and that the file begins like an export, before its passphrase is asked for.
 * @throws NOT_FOUND for the client, INVALID_PARAMETERS for the file
 */
export async function checkImport(service: Service, { file, clientName }: ArchiveFile): Promise<void> {
  await namedClient(service, clientName)
  let beginning = ''
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', end: HEADER_LIMIT - 1 })) beginning += chunk
  } catch (error) {
    throw unusable(error, file)
  }
  checkArchiveHeader(beginning.split(/\r?\n/, 1)[0] ?? '')
}

/**
 * Writes a client's users, accounts and credentials into a new file of mode 0600, encrypted.
 * @returns what it holds
 * @throws NOT_FOUND for the client, INVALID_PARAMETERS when the file exists or cannot be created
 */
export async function exportClient(
  service: Service,
  { file, clientName, passphrase }: ArchiveWithPassphrase,
): Promise<ExportSummary> {
  const { id: clientId } = await namedClient(service, clientName)
  const output = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw unusable(error, file)
  })
  const exported: ExportSummary = { users: 0, integrations: 0 }
  async function* texts(): AsyncGenerator<string> {
    for await (const { type, text } of service.transfer.records(clientId)) {
      exported[type === 'user' ? 'users' : 'integrations'] += 1
      yield text
    }
  }
  try {
    for await (const line of sealArchive(passphrase, texts())) await output.write(`${line}\n`)
    await output.sync()
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    await output.close()
  }
  return exported
}

/**
 * Reads such a file into a client: once to find out what is wrong with it or prevents the import, and only then for good.
 * @param replace existing users get the accounts of the file
 * @throws NOT_FOUND for the client; INVALID_PARAMETERS for a wrong passphrase or a file that was changed; USER_EXISTS
 */
export async function importClient(
  service: Service,
  { file, clientName, passphrase }: ArchiveWithPassphrase,
  replace: boolean,
): Promise<ImportSummary> {
  const { id: clientId } = await namedClient(service, clientName)
  const { transfer } = service
  const key = await archiveKey(await firstLine(file), passphrase)
  await transfer.check(clientId, openArchive(key, linesOf(file)), replace)
  return transfer.write(clientId, openArchive(key, linesOf(file)), replace)
}

async function firstLine(file: string): Promise<string> {
  for await (const line of linesOf(file)) return line
  return ''
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8')
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw unusable(error, file)
  } finally {
    input.destroy()
  }
}

function unusable(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code !== 'string' || !code.startsWith('E')) return error
  const why = code === 'EEXIST' ? 'already exists; choose another name' : `cannot be opened (${code})`
  return new ConnectorsError('INVALID_PARAMETERS', `The file ${file} ${why}.`, { cause: error })
}
