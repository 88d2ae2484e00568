import { ConnectorsError } from '../base/errors.js'
import { ConfigError } from '../config/index.js'
import { EXIT } from './exit-codes.js'
import { nodeTooOld } from './node-version.js'
import { complain } from './output.js'

const REFUSED_LOGINS = new Set(['INVALID_CREDENTIALS', 'INVALID_TOKEN', 'INVALID_API_KEY'])

/**
 * Runs the command that the arguments name; without arguments the stdio server.
 * @returns the exit code; every failure is one sentence on stderr
 */
export async function run(args: readonly string[]): Promise<number> {
  const outdated = nodeTooOld(process.versions.node)
  if (outdated !== undefined) {
    complain(outdated)
    return EXIT.failed
  }
  try {
    if (args.length === 0) return await (await import('./stdio.js')).stdio([])
    return await (await import('./program.js')).runProgram(args)
  } catch (error) {
    complain(sentence(error))
    return error instanceof ConnectorsError && REFUSED_LOGINS.has(error.code) ? EXIT.notLoggedIn : EXIT.failed
  }
}

/** Our own messages may be printed; any other may quote a secret, so only the error's code is shown. */
function sentence(error: unknown): string {
  if (error instanceof ConnectorsError && error.code === 'INVALID_API_KEY')
    return `${error.message} Here that is the setting CONNECTORS_API_KEY.`
  if (error instanceof ConnectorsError || error instanceof ConfigError) return error.message
  if (error instanceof Error && error.name === 'Error' && !('code' in error)) return error.message
  const code = (error as { code?: unknown } | null)?.code
  return `an unexpected failure${typeof code === 'string' ? ` (${code})` : ''}. Run with CONNECTORS_LOG_LEVEL=debug to see more.`
}
