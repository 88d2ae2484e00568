import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { issueMessage } from '../../base/zod-issue.js'
import { CONFIGURATION, type Connector, z } from '../../kit/index.js'

/**
 * The configuration of an account as its connector takes it.
 * @throws AUTH_TYPE_NOT_SUPPORTED, INVALID_PARAMETERS, TOO_LARGE
 */
export function parseConfiguration(
  connector: Connector,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { custom } = connector.auth
  if (!custom) throw authTypeNotSupported(connector)
  if (JSON.stringify(given).length > CONFIGURATION) {
    const most = `${CONFIGURATION / 1024} KiB`
    throw new ConnectorsError('TOO_LARGE', `A configuration takes at most ${most}; give what the account needs alone.`)
  }
  const parsed = z.object(custom.fields).safeParse(given)
  if (parsed.success) return parsed.data
  // Zod's own words only: they name types and sizes, never the value that was given.
  throw invalidParameters(
    `The configuration of ${connector.name} does not fit; it takes ${Object.keys(custom.fields).join(', ')}.`,
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issueMessage(issue) })),
  )
}

/** The error for a way of linking that the connector does not have. */
export function authTypeNotSupported(connector: Connector): ConnectorsError {
  const supported = [...(connector.auth.oauth2 ? ['oauth2'] : []), ...(connector.auth.custom ? ['custom'] : [])]
  return new ConnectorsError(
    'AUTH_TYPE_NOT_SUPPORTED',
    supported.length === 0
      ? `The connector ${connector.name} needs no account; call its actions straight away.`
      : `Accounts of ${connector.name} are not linked that way; use ${supported.join(' or ')}.`,
    { details: { supported_auth_types: supported } },
  )
}
