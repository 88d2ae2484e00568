import { didYouMean } from '../../base/close-names.js'
import { ConnectorsError, type FieldError, invalidParameters } from '../../base/errors.js'
import { issueMessage } from '../../base/zod-issue.js'
import { CONFIGURATION, type Connector, FAULT_LIMIT, FAULT_NAME_LIMIT, z } from '../../kit/index.js'

/**
 * Parses the configuration of an account for its connector.
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
    throw new ConnectorsError(
      'TOO_LARGE',
      `A configuration may have at most ${most}; give only what the account needs.`,
    )
  }
  const parsed = z.strictObject(custom.fields).safeParse(given)
  if (parsed.success) return parsed.data
  const known = Object.keys(custom.fields)
  throw invalidParameters(
    `The configuration of ${connector.name} is invalid; its fields are ${known.join(', ')}.`,
    parsed.error.issues.flatMap((issue) => faultsOf(issue, known)).slice(0, FAULT_LIMIT),
  )
}

/**
 * What is wrong with which field, in zod's own words: they name types and sizes, never the value itself. A field
 * that does not exist is refused, since it would have no effect.
 */
function faultsOf(issue: z.core.$ZodIssue, known: readonly string[]): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.'), message: issueMessage(issue) }]
  return issue.keys.slice(0, FAULT_LIMIT).map((key) => ({
    field: key.slice(0, FAULT_NAME_LIMIT),
    message: `is not a field of this configuration${didYouMean(key, known)}`,
  }))
}

/** The error for a linking method that the connector does not have. */
export function authTypeNotSupported(connector: Connector): ConnectorsError {
  const supported = [...(connector.auth.oauth2 ? ['oauth2'] : []), ...(connector.auth.custom ? ['custom'] : [])]
  return new ConnectorsError(
    'AUTH_TYPE_NOT_SUPPORTED',
    supported.length === 0
      ? `The connector ${connector.name} needs no account; call its actions directly.`
      : `Accounts of ${connector.name} are not linked that way; use ${supported.join(' or ')}.`,
    { details: { supported_auth_types: supported } },
  )
}
