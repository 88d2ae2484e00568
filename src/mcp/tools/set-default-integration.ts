import * as z from 'zod'
import { connectorName } from '../names.js'
import { defineTool } from '../tool.js'

/** Selects the account that acts unless another is named. @see the section "Integrations" of the HTTP contract */
export const setDefaultIntegration = defineTool({
  name: 'set_default_integration',
  title: 'Set default account',
  description: 'Choose which linked account of a connector acts when a call names none.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    connector: connectorName,
    identifier: z.string().min(1).describe('user_identifier of the account'),
  }),
  output: z.object({ connector: z.string(), user_identifier: z.string(), selected: z.literal(true) }),
  async run({ connector, identifier }, call) {
    await call.asUser((connectorsClient, userToken) =>
      connectorsClient.selectIntegration(connector, userToken, identifier),
    )
    return {
      shown: { connector, user_identifier: identifier, selected: true as const },
      notes: ['It acts from now on. Next: read_connector or execute_connector.'],
    }
  },
})
