import * as z from 'zod'
import type { IntegrationSummary } from '../../wire/index.js'
import { connectorName } from '../names.js'
import { defineTool, READS } from '../tool.js'

/** Lists linked accounts. @see the section "Integrations" of the HTTP contract */
export const listIntegrations = defineTool({
  name: 'list_integrations',
  title: 'List linked accounts',
  description:
    "List the person's linked accounts, of one connector or all: whether a link worked, and which is the default (selected).",
  annotations: READS,
  input: z.strictObject({ connector: connectorName.optional() }),
  output: z.object({
    integrations: z.array(
      z.object({
        connector: z.string(),
        user_identifier: z.string(),
        title: z.string().optional(),
        selected: z.boolean(),
        auth_status: z.string().nullable().default(null),
      }),
    ),
  }),
  async run({ connector }, call) {
    const integrations = await call.asUser(async (connectorsClient, userToken) =>
      connector === undefined
        ? (await connectorsClient.me(userToken)).integrations
        : connectorsClient.listIntegrations(connector, userToken),
    )
    const broken = integrations.filter(({ auth_status }) => auth_status === 'reconnect_required')
    // They come from the service, but only what has the form of a name may stand in our own sentence.
    const names = [...new Set(broken.map((one) => one.connector))].filter(
      (name) => connectorName.safeParse(name).success,
    )
    return {
      shown: { integrations: integrations.map(withoutRepeatedTitle) },
      lines: 'integrations',
      notes: [
        ...(integrations.length === 0 ? [nothingLinked(connector)] : []),
        ...(broken.length > 0 ? [relink(names)] : []),
        ...(integrations.length > broken.length
          ? ['Next: search_actions finds actions for a need; describe_connector shows all of a connector.']
          : []),
      ],
    }
  },
})

const nothingLinked = (connector: string | undefined): string =>
  connector === undefined
    ? 'No account is linked. list_connectors shows what can be linked, link_integration links an account.'
    : `No account is linked. link_integration for ${connector} links one.`

/** A title that is the name again tells a model nothing. */
const withoutRepeatedTitle = ({ title, ...account }: IntegrationSummary) =>
  title === undefined || title === account.user_identifier ? account : { ...account, title }

const relink = (names: readonly string[]): string =>
  `An account with reconnect_required has to be linked again: call link_integration${names.length > 0 ? ` for ${names.join(', ')}` : ''}.`
