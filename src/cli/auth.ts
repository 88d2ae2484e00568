import { connect, type ServiceConnection } from '../app/index.js'
import { shellWord } from '../base/typable.js'
import { endLogin, findLogin, findSavedLogin, forgetLogin, listLogins } from '../home/saved-login.js'
import { EXIT } from './exit-codes.js'
import { loadConfig } from './load-config.js'
import { currentIdentifier, howToLogIn, howToReset, logIn, savedLoginsNote } from './login-advice.js'
import { complain, type OutputOptions, print, printJson, say } from './output.js'

/** Shows who is logged in, whether the service still accepts the login, and which other logins are saved. */
export async function showLoginStatus({ json }: OutputOptions): Promise<number> {
  const connection = await connect(loadConfig())
  try {
    const { folder, service } = connection
    const saved = await findLogin(folder, service)
    const others = listLogins(folder).filter((other) => !(other.current && other.service === service))
    if (!saved) {
      if (json) printJson({ logged_in: false, service, others })
      else say(['No user is logged in.', ...savedLoginsNote(others, service), howToLogIn(others, service)].join(' '))
      return EXIT.notLoggedIn
    }
    const { expires_at } = await logIn(connection, saved, saved.secret)
    if (json) printJson({ logged_in: true, service, identifier: saved.identifier, expires_at, others })
    else {
      print(
        `Logged in as ${saved.identifier} at ${service}; the service accepts it (a new login lasts until ${expires_at}).`,
      )
      for (const line of savedLoginsNote(others, service)) say(`${line} ${howToLogIn(others, service)}`)
    }
    return EXIT.done
  } finally {
    await connection.close()
  }
}

/** The only way to see a saved secret: for the person at a terminal, who may want to log in elsewhere. */
export async function showSecret(given: string | undefined): Promise<number> {
  const { folder, service } = await connect(loadConfig())
  const saved =
    given === undefined
      ? await findLogin(folder, service)
      : await findSavedLogin(folder, { service, identifier: given })
  if (!saved) {
    const what = given === undefined ? 'No user is logged in.' : `No secret of ${given} is saved here.`
    complain([what, ...savedLoginsNote(listLogins(folder), service)].join(' '))
    return EXIT.notLoggedIn
  }
  say(`The secret of ${saved.identifier}; anyone who has it can log in as this user:`)
  print(saved.secret.reveal())
  return EXIT.done
}

/**
 * Ends the login at the service. Its secret stays saved, unless `forget` is set.
 * @param given the identifier of the login; the active one by default
 */
export async function logout(given: string | undefined, { forget }: { forget?: boolean }): Promise<number> {
  const connection = await connect(loadConfig())
  const { folder, service } = connection
  const current = currentIdentifier(connection)
  if (forget) return forgetOne(connection, given ?? current)
  if (current === undefined || (given !== undefined && given !== current)) {
    const what = given === undefined ? 'No user was logged in.' : `${given} was not logged in.`
    say([what, ...savedLoginsNote(listLogins(folder), service)].join(' '))
    return EXIT.done
  }
  endLogin(folder, service)
  const word = shellWord(current)
  say(
    `Logged out. The secret of ${current} stays saved on this machine: "connectors-mcp auth login ${word}" logs in again, and "connectors-mcp auth logout ${word} --forget" destroys it.`,
  )
  return EXIT.done
}

function forgetOne({ folder, service }: ServiceConnection, identifier: string | undefined): number {
  const saved = listLogins(folder)
  if (identifier === undefined) {
    const how = 'Name the login to forget: connectors-mcp auth logout IDENTIFIER --forget.'
    complain([how, ...savedLoginsNote(saved, service)].join(' '))
    return EXIT.usage
  }
  if (!forgetLogin(folder, { service, identifier })) {
    complain([`No login of ${identifier} is saved here.`, ...savedLoginsNote(saved, service)].join(' '))
    return EXIT.failed
  }
  say(`The login of ${identifier} and its secret are deleted. The accounts of the user are kept.`)
  say(`Without a copy of that secret, no one can log in as ${identifier} again. ${howToReset(service, identifier)}`)
  return EXIT.done
}
