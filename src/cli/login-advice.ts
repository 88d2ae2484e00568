import { EMBEDDED_SERVICE, type ServiceConnection } from '../app/index.js'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { shellWord } from '../base/typable.js'
import { type ListedLogin, type LoginName, listLogins } from '../home/saved-login.js'

/** Who acts at the service of the connection; its secret is not looked at. */
export const currentIdentifier = ({ folder, service }: ServiceConnection): string | undefined =>
  listLogins(folder).find((login) => login.current && login.service === service)?.identifier

/** Logs in. @throws INVALID_CREDENTIALS, with what to do for who has lost the secret */
export async function authenticate(
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

/** What to do about a secret that is lost. */
export const lostSecretAdvice = ({ service, identifier }: LoginName): string =>
  `If the secret is lost: ${howToReset(service, identifier)}`

/** How a person whose secret is lost is let in again, accounts kept. */
export const howToReset = (service: string, identifier: string): string =>
  service === EMBEDDED_SERVICE
    ? `"connectors-mcp users reset ${shellWord(identifier)} --login" makes another one and keeps the accounts.`
    : `Whoever runs the service can make another one, with "users reset", and the accounts are kept.`

/** Who is saved; nothing where nobody is. */
export function savedLoginsNote(logins: readonly ListedLogin[], service: string): string[] {
  if (logins.length === 0) return []
  const names = logins.map((login) =>
    login.service === service ? login.identifier : `${login.identifier} at ${login.service}`,
  )
  return [`Saved on this machine: ${names.join(', ')}.`]
}

/** How to log in as one who is saved, or as anybody. */
export function howToLogIn(logins: readonly ListedLogin[], service: string): string {
  const here = logins.find((login) => login.service === service)
  return `Log in with: connectors-mcp auth login ${here ? shellWord(here.identifier) : 'IDENTIFIER'}`
}
