import { CredentialRefused } from '../../base/credential-refused.js'
import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { type Account, type Connector, z } from '../../kit/index.js'
import type { Caller } from '../tenants/users.js'
import { bindUpstream, type PacedPorts } from '../upstream/bind.js'
import {
  type AccountCredential,
  type ConnectorEndpoints,
  redactorsOf,
  withCleanDetails,
} from '../upstream/credentials.js'
import { accountName, accountTitle, chosenName, formerName } from './account-name.js'

/** The trial of a new credential must end before the published SDK stops waiting (10 s). Milliseconds. */
const TRIAL_TIME = 9_000

/** A credential that the third party accepted. Nothing is stored yet. */
export interface Trial {
  caller: Caller
  connector: Connector
  credential: AccountCredential
  account: TrialResult
}

/** What to try. */
export interface TrialRequest extends Omit<Trial, 'account'> {
  /** The scopes of the grant, where the third party does not report them itself. */
  scopes: readonly string[]
  /** True: an invalid chosen name is adapted, rather than refused. */
  mayRename?: boolean
}

/** What the trial of a credential found. */
export interface TrialResult {
  identifier: string
  /** What the third party or the person calls it, where that could not be its name. Undefined in drafts of earlier releases. */
  title?: string | null
  /** What an earlier release would have named it, where that differs from its name today. */
  formerName?: string | undefined
  /** True where a person chose the name, so that it says nothing about whose account it is. */
  isChosen?: boolean
  /** The third party's own id of the account. */
  accountId?: string | null
  scopes: readonly string[]
  server: ServerVersion | undefined
  /** Undefined where the connector does not say. */
  readOnly: boolean | undefined
}

/** The server that answered a trial, in a form that is safe to show. */
export interface ServerVersion {
  name: string
  /** Empty where it was not a version. */
  version: string
}

interface TrialDeps {
  ports: PacedPorts
  endpointsOf: (connector: Connector) => ConnectorEndpoints
}

/**
 * Asks the third party whose credential it is.
 * @throws LINK_FAILED for a credential that is refused, UPSTREAM_TIMEOUT, and what the connector throws
 */
export async function runTrial(
  { ports, endpointsOf }: TrialDeps,
  { caller, connector, credential, scopes, mayRename = false }: TrialRequest,
): Promise<Trial> {
  const key = `trial:${uuid()}`
  const deadline = startDeadline(TRIAL_TIME)
  const { signal } = deadline
  try {
    const owner = { client: caller.clientId, user: caller.userId }
    const upstream = bindUpstream(ports, connector, {
      key,
      owner,
      credential,
      endpoints: endpointsOf(connector),
      signal,
    })
    const configuration = credential.kind === 'custom' ? credential.configuration : {}
    const account = await connector.account?.(upstream, configuration)
    if (!account) {
      throw new ConnectorsError('INTERNAL', `The connector ${connector.name} cannot tell whose account it is.`)
    }
    const isChosen = credential.kind === 'custom' && configuration.identifier === account.identifier
    const nameOf = isChosen && !mayRename ? chosenName : accountName
    const found = trialResult(nameOf(account.identifier), scopes, account)
    return { caller, connector, credential, account: { ...found, isChosen } }
  } catch (error) {
    throw withCleanDetails(trialError(connector, error, signal), redactorsOf(connector, credential).inErrors)
  } finally {
    deadline.end()
    if (connector.port === 'database') await ports.databases.close(key)
  }
}

const NAME_LENGTH = 40
/** The most characters of a third party's id that are kept. */
const ID_LENGTH = 255

const trialResult = (
  identifier: string,
  granted: readonly string[],
  { identifier: original, id, scopes, server, readOnly }: Account,
): TrialResult => ({
  identifier,
  title: accountTitle(original, identifier),
  formerName: formerName(original),
  accountId: id?.slice(0, ID_LENGTH) || null,
  scopes: scopes ?? granted,
  server: server && { name: plain(server.name), version: shortVersion(server.version) },
  readOnly,
})

/** The number at the beginning, `17.5` of `17.5 (Debian 17.5-1)`: the rest is arbitrary text. */
const shortVersion = (text: string): string => /^\d[0-9A-Za-z.]{0,19}/.exec(text.trim())?.[0] ?? ''

const plain = (text: string): string =>
  text
    .replaceAll(/[^\w .+-]+/g, ' ')
    .trim()
    .slice(0, NAME_LENGTH)

/** A refusal during the trial is not a reason to reconnect: nothing is linked yet. */
function trialError({ port }: Connector, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new ConnectorsError(
      'UPSTREAM_TIMEOUT',
      'The test connection took too long, so nothing was linked; check the address and try again.',
    )
  }
  if (error instanceof z.ZodError) {
    const message = 'The third party did not say whose account it is, so nothing was linked; try again later.'
    return new ConnectorsError('UPSTREAM_ERROR', message, { cause: error })
  }
  if (!(error instanceof CredentialRefused)) return error
  return new ConnectorsError(
    'LINK_FAILED',
    // A database says which part of the configuration is wrong: the login, or the name of the database.
    port === 'database'
      ? `${error.message} Nothing was linked.`
      : 'The third party refused the credential, so nothing was linked; check it and try again.',
    {
      ...(error.details ? { details: error.details } : {}),
      cause: error,
    },
  )
}
