import { createReadStream, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { archiveKey, openArchive, sealArchive } from '../crypto/archive.js'
import type { Imported, Service } from '../service/index.js'
import { namedClient } from './named-client.js'

/** Characters of a passphrase at least. */
export const SHORTEST_PASSPHRASE = 12

export interface Transferred {
  file: string
  clientName: string
  passphrase: Secret
}

/**
 * Writes a client's users, accounts and credentials into a new file of mode 0600, encrypted.
 * @returns how many records it holds
 * @throws NOT_FOUND for the client, INVALID_PARAMETERS when the file is there or cannot be made
 */
export async function exportClient(service: Service, { file, clientName, passphrase }: Transferred): Promise<number> {
  const { id: clientId } = await namedClient(service, clientName)
  const output = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw unusable(error, file)
  })
  let lines = 0
  try {
    for await (const line of sealArchive(passphrase, service.transfer.records(clientId))) {
      await output.write(`${line}\n`)
      lines += 1
    }
    await output.sync()
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    await output.close()
  }
  return lines - 2
}

/**
 * Reads such a file into a client: once to find out what is wrong with it or stands in its way, and only then for good.
 * @param replace users that are there already get the accounts of the file
 * @throws NOT_FOUND for the client; INVALID_PARAMETERS for a wrong passphrase or a file that was changed; USER_EXISTS
 */
export async function importClient(
  service: Service,
  { file, clientName, passphrase }: Transferred,
  replace: boolean,
): Promise<Imported> {
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
  const why = code === 'EEXIST' ? 'is there already; choose another name' : `cannot be opened (${code})`
  return new ConnectorsError('INVALID_PARAMETERS', `The file ${file} ${why}.`, { cause: error })
}
