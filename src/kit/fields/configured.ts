import { z } from 'zod'
import { ConnectorsError } from '../../base/errors.js'
import type { Call } from '../call.js'

/**
 * What a person filled in to link the account that acts, typed by the fields of the connector's configuration:
 * `const { organization } = configured(call, { organization: fields.organization })`. Secrets are not among it.
 * @param fields those wanted; one that may be absent, as with an account linked by OAuth, is `optional()`
 * @throws RECONNECT_REQUIRED for an account that was linked without one of them
 */
export function configured<Fields extends z.ZodRawShape>(
  { configuration }: Pick<Call, 'configuration'>,
  fields: Fields,
): z.output<z.ZodObject<Fields, z.core.$strip>> {
  const parsed = z.object(fields).safeParse(configuration)
  if (parsed.success) return parsed.data
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))]
  throw new ConnectorsError(
    'RECONNECT_REQUIRED',
    `The account was linked without ${names.join(' and ')}, which this action needs; link it again with that.`,
  )
}
