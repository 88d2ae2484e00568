import * as z from 'zod'
import type { Secret } from '../../base/secret.js'
import type { McpClient } from '../deps.js'
import { connectorName } from '../names.js'
import { defineTool } from '../tool.js'

/** Removes an account. @see the section "Integrations" of the HTTP contract */
export const deleteIntegration = defineTool({
  name: 'delete_integration',
  title: 'Unlink account',
  description:
    'Unlink an account and end its access. Only when the person asks for it: linking again needs their consent.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    connector: connectorName,
    identifier: z.string().min(1).describe('user_identifier of the account'),
  }),
  output: z.object({
    connector: z.string(),
    user_identifier: z.string(),
    deleted: z.literal(true),
    new_default: z.string().nullable().optional(),
    revoked_at_provider: z.string().optional(),
  }),
  async run({ connector, identifier }, call) {
    const { removed, newDefault } = await call.asUser(async (connectorsClient, userToken) => {
      const removed = await connectorsClient.deleteIntegration(connector, userToken, identifier)
      const told = removed.new_default
      return {
        removed,
        newDefault: told === undefined ? await defaultOf(connectorsClient, connector, userToken) : told,
      }
    })
    const revoked = removed.revoked_at_provider
    return {
      shown: {
        connector,
        user_identifier: identifier,
        deleted: true as const,
        ...(newDefault === undefined ? {} : { new_default: newDefault }),
        ...(revoked == null ? {} : { revoked_at_provider: revoked }),
      },
      notes: revoked != null && Object.hasOwn(REVOKED, revoked) ? [REVOKED[revoked] ?? ''] : [],
    }
  },
})

/** What became of the access at the third party itself. */
const REVOKED: Readonly<Record<string, string>> = {
  yes: 'The access was ended at the third party, too.',
  no: 'The third party did not end the access when asked; the person can remove it in the settings there.',
  kept: 'The access was not ended at the third party, since another account of the person needs it; it ends with the last of them.',
  unsupported:
    'The credential is gone from here, but cannot be revoked from here: where it should stop working, the person changes or removes it at the third party.',
}

/** @returns undefined when it cannot be found out: the account is gone all the same */
async function defaultOf(
  connectorsClient: McpClient,
  connector: string,
  userToken: Secret,
): Promise<string | null | undefined> {
  try {
    const accounts = await connectorsClient.listIntegrations(connector, userToken)
    return accounts.find(({ selected }) => selected)?.user_identifier ?? null
  } catch {
    return undefined
  }
}
