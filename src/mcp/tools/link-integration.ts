import type { InputRequiredResult } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { connectorName } from '../names.js'
import { type Call, defineTool, type ToolAnswer } from '../tool.js'
import type { LinkState, PageAnswer } from '../url-elicitation.js'

const NAME = 'link_integration'

const input = z.strictObject({
  connector: connectorName,
  callback_url: z
    .string()
    .refine((url) => isWebAddress(url), 'is no http or https address')
    .optional()
    .describe('Page the browser ends on'),
  configuration: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Fields of the connection, for connectors without OAuth 2'),
})
type Arguments = z.output<typeof input>

const output = z.object({
  status: z.enum(['linked', 'pending']),
  connector: z.string(),
  url: z.string().optional(),
  link_id: z.string().nullable().optional(),
  user_identifier: z.string().nullable().optional(),
  selected: z.boolean().nullable().optional(),
})
type Linked = ToolAnswer<z.input<typeof output>>

/**
 * Links an account of the person: by OAuth 2 on a page the person opens, or at once by a configuration.
 * @see the section "Integrations" of the HTTP contract
 */
export const linkIntegration = defineTool({
  name: NAME,
  title: 'Link account',
  description:
    "Link one of the person's accounts at a connector. Gives a URL the person has to open and agree on; afterwards call list_integrations. Connectors without OAuth 2, such as databases, are linked at once by configuration; a secret in it passes through this conversation and is seen by you, so use one only if the person accepts that.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  input,
  output,
  run: (args, call) =>
    args.configuration === undefined
      ? linkByOAuth(args, call)
      : linkByConfiguration(args.connector, args.configuration, call),
})

async function linkByOAuth(args: Arguments, call: Call): Promise<Linked | InputRequiredResult> {
  const resumed = call.urlElicitation.resumed()
  if (resumed) return pending(checked(resumed.state, args, call), resumed.answer)
  const { connector } = args
  const callbackUrl = args.callback_url ?? (await call.defaultCallbackUrl(connector))
  const { url, link_id } = await call.asUser((connectorsClient, userToken) =>
    connectorsClient.startLink(connector, userToken, { callbackUrl, replaceDuplicate: true }),
  )
  if (!isWebAddress(url))
    throw new ConnectorsError('UPSTREAM_ERROR', 'The service gave no web address to open; its operator can look why.')
  const state: LinkState = { ...identityOf(args, call), url, link_id: link_id ?? null }
  const asked = await call.urlElicitation.ask(`Open this page to link an account at ${connector}.`, state)
  return typeof asked === 'string' ? pending(state, asked) : asked
}

/** The call a page belongs to. */
const identityOf = ({ connector, callback_url }: Arguments, { session }: Call) => ({
  tool: NAME,
  connector,
  callback_url: callback_url ?? null,
  user: session.identifier() ?? null,
})

/** @throws INVALID_PARAMETERS for the second round of another call */
function checked(state: LinkState, args: Arguments, call: Call): LinkState {
  const wanted = identityOf(args, call)
  if (Object.entries(wanted).every(([key, value]) => state[key as keyof LinkState] === value)) return state
  throw invalidParameters('The state sent along belongs to another call; call link_integration anew, without it.')
}

const ANSWERED: Record<PageAnswer, string> = {
  accept: 'The person opened the page. Whether the account is linked shows only in list_integrations:',
  decline:
    'The person did not want to open the page now. Nothing is lost: the URL still works for a while. If opened later:',
  cancel:
    'The person closed the question without an answer. Nothing is lost: the URL still works for a while. Once opened:',
  none: 'Not linked yet: show the URL to the person, who opens it in a browser and agrees there. Afterwards:',
}

function pending({ connector, url, link_id }: LinkState, answer: PageAnswer): Linked {
  return {
    structured: { status: 'pending', connector, url, link_id },
    notes: [
      `${ANSWERED[answer]} call list_integrations with this connector, and see whether a new account stands there.`,
    ],
  }
}

async function linkByConfiguration(
  connector: string,
  configuration: Record<string, unknown>,
  call: Call,
): Promise<Linked> {
  const { replaced, ...account } = await call.asUser(async (connectorsClient, userToken) => {
    const link = { configuration, replaceDuplicate: true }
    const stored = await connectorsClient.linkCustom(connector, userToken, link)
    const { user_identifier, selected, replaced } = stored
    if (user_identifier !== undefined && typeof selected === 'boolean') return { user_identifier, selected, replaced }
    const accounts = await connectorsClient.listIntegrations(connector, userToken).catch(() => [])
    const name = user_identifier ?? configuration.identifier
    const found =
      accounts.find((one) => one.user_identifier === name) ?? (accounts.length === 1 ? accounts[0] : undefined)
    return {
      user_identifier: user_identifier ?? found?.user_identifier ?? null,
      selected: found?.selected ?? null,
      replaced,
    }
  })
  return {
    structured: { status: 'linked', connector, ...account },
    notes: [
      replaced
        ? 'An account of that name was linked already; its configuration was replaced.'
        : 'The account is linked.',
      'Next: describe_connector shows what can be done with it.',
    ],
  }
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
