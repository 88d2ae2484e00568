import { asOperator } from '../app/operate.js'
import { count } from '../base/count.js'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import type { Config } from '../config/index.js'
import { SHORTEST_PASSPHRASE } from '../operator/archive-file.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { type OutputOptions, printJson, say } from './output.js'
import { atTerminal, readSecretLine } from './read-secret.js'

/** Writes a client's users, accounts and credentials into an encrypted file. */
export async function exportTo(file: string, { client, json }: OutputOptions & { client: string }): Promise<number> {
  const config = loadConfig()
  const { users, integrations } = await asOperator(config, async (operator) => {
    await operator.checkExport({ file, clientName: client })
    const passphrase = await readPassphrase(config, true)
    return operator.exportClient({ file, clientName: client, passphrase })
  })
  say(
    `${count(users, 'user')} and ${count(integrations, 'account')} of the client ${client} are in ${file}. Anyone with that file and the passphrase has the accounts. ` +
      'Stop using them here once they are imported elsewhere: renewing a login on one side ends it on the other.',
  )
  if (json) printJson({ file, client, users, integrations })
  return EXIT.done
}

/** Reads such a file into a client. */
export async function importFrom(
  file: string,
  { client, replace = false, json }: OutputOptions & { client: string; replace?: boolean },
): Promise<number> {
  const config = loadConfig()
  const { users, existingUsers, integrations } = await asOperator(config, async (operator) => {
    await operator.checkImport({ file, clientName: client })
    const passphrase = await readPassphrase(config, false)
    return operator.importClient({ file, clientName: client, passphrase }, replace).catch((error: unknown) => {
      throw replace ? error : sayingHowToReplace(error)
    })
  })
  const kept =
    existingUsers === 0
      ? ''
      : ` ${count(existingUsers, 'user was there already and keeps its secret', 'users were there already and keep their secrets')}.`
  say(
    `Imported into the client ${client}: ${count(users, 'user')} and ${count(integrations, 'account')}.${kept} User secrets stay valid; people log in again.`,
  )
  if (json) printJson({ client, users, existing_users: existingUsers, integrations })
  return EXIT.done
}

/** Adds the option of the command to an error about existing users. */
function sayingHowToReplace(error: unknown): unknown {
  if (!(error instanceof ConnectorsError) || error.code !== 'USER_EXISTS') return error
  const how = 'With --replace, existing users keep their secrets and get the accounts in the file.'
  return new ConnectorsError(error.code, `${error.message} ${how}`, { cause: error })
}

/** @throws Error with a sentence, when it is too short or was not typed the same way twice */
async function readPassphrase(config: Config, isNew: boolean): Promise<Secret> {
  const passphrase = config.passphrase ?? (await readSecretLine('Passphrase'))
  if (passphrase.reveal().length < SHORTEST_PASSPHRASE) {
    throw new Error(
      `The passphrase must have at least ${SHORTEST_PASSPHRASE} characters; type it, or set CONNECTORS_PASSPHRASE.`,
    )
  }
  if (isNew && !config.passphrase && atTerminal()) {
    const again = await readSecretLine('The same again')
    if (again.reveal() !== passphrase.reveal()) throw new Error('The two passphrases are not the same; try again.')
  }
  return passphrase
}
