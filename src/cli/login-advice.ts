import { EMBEDDED_SERVICE, type ServiceConnection } from '../app/index.js'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { shellWord } from '../base/typable.js'
import { type ListedLogin, type LoginName, listLogins } from '../home/saved-login.js'

/** The identifier of the active login at the connection's service; its secret is not read. */
export const currentIdentifier = ({ folder, service }: ServiceConnection): string | undefined =>
  listLogins(folder).find((login) => login.current && login.service === service)?.identifier

/** Logs in. @throws INVALID_CREDENTIALS, with what to do if the secret is lost */
export async function logIn(
  connection: ServiceConnection,
  name: LoginName,
  known: Secret,
): Promise<{ expires_at: string }> {
  try {
    return await (await connection.client()).authenticate(name.identifier, known)
  } catch (error) {
    if (!(error instanceof ConnectorsError) || error.code !== 'INVALID_CREDENTIALS') throw error
    throw new ConnectorsError(error.code, `${error.message} ${lostSecretAdvice(name)}`, { cause: error })
  }
}

/** What to do about a lost secret. */
export const lostSecretAdvice = ({ service, identifier }: LoginName): string =>
  `If the secret is lost: ${howToReset(service, identifier)}`

/** How a person who lost the secret gets another one and keeps the accounts. */
export const howToReset = (service: string, identifier: string): string =>
  service === EMBEDDED_SERVICE
    ? `"connectors-mcp users reset ${shellWord(identifier)} --login" creates another one and keeps the accounts.`
    : `The operator of the service can create another one with "users reset"; the accounts are kept.`

/** The saved logins in a sentence; [] if there are none. */
export function savedLoginsNote(logins: readonly ListedLogin[], service: string): string[] {
  if (logins.length === 0) return []
  const names = logins.map((login) =>
    login.service === service ? login.identifier : `${login.identifier} at ${login.service}`,
  )
  return [`Saved on this machine: ${names.join(', ')}.`]
}

/** How to log in as a saved user, or as any user. */
export function howToLogIn(logins: readonly ListedLogin[], service: string): string {
  const here = logins.find((login) => login.service === service)
  return `Log in with: connectors-mcp auth login ${here ? shellWord(here.identifier) : 'IDENTIFIER'}`
}
