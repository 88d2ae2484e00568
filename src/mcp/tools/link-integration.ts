import type { InputRequiredResult } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { invalidParameters } from '../../base/errors.js'
import type { LinkState } from '../../wire/index.js'
import {
  cancelLinkPage,
  howToUse,
  linkedNotes,
  obtainLinkPage,
  pendingOrLinked,
  type ShownLink,
  WAIT_SECONDS,
  waitForLink,
} from '../links/link-page.js'
import { linkedAccountFields, linkedAccountOf } from '../links/linked-account.js'
import type { ElicitationState, PageAnswer } from '../links/url-elicitation.js'
import { checkWebAddress, isWebAddress } from '../links/web-address.js'
import { connectorName } from '../names.js'
import { defineTool, type ToolAnswer, type ToolCall } from '../tool.js'

const NAME = 'link_integration'

const input = z.strictObject({
  connector: connectorName,
  callback_url: z
    .string()
    .refine(isWebAddress, 'is not an http or https address')
    .optional()
    .describe('Page the browser ends on'),
  device: z.boolean().optional().describe('Gives a code to type on any device, for a person without a browser here'),
  prefill: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe(
      'Form values for the person to check, never secrets; sql takes driver, host, port, database, username, identifier, read_only',
    ),
  configuration: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Fields of the connection; the page asks the person for them'),
  replace: z.boolean().optional().describe("Replace another account of the same name; only on the person's word"),
})
type Arguments = z.output<typeof input>

const output = z.object({
  status: z.enum(['linked', 'pending', 'cancelled']),
  connector: z.string(),
  url: z.string().optional(),
  code: z.string().optional(),
  link_id: z.string().nullable().optional(),
  user_identifier: z.string().nullable().optional(),
  selected: z.boolean().nullable().optional(),
  ...linkedAccountFields,
})
type Linked = ToolAnswer<z.input<typeof output>>

/**
 * Links an account of the person: on a page the person opens, or at once by a configuration.
 * @see the section "Integrations" of the HTTP contract
 */
export const linkIntegration = defineTool({
  name: NAME,
  title: 'Link account',
  description:
    "Link one of the person's accounts, or link it again. Returns a page where the person signs in or types the connection, for databases too, so that no secret enters this conversation. Next: check_link. With configuration it is linked at once, but you see its secrets: only if the person accepts that.",
  // With `replace` another account loses its credential for good.
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  strayArguments:
    'Call link_integration without what the connection needs: the page asks the person for it. Only where the person accepts that you see it, put it into configuration.',
  input,
  output,
  run: (args, call) =>
    args.configuration === undefined ? linkOnPage(args, call) : linkByConfiguration(args, args.configuration, call),
})

async function linkOnPage(args: Arguments, call: ToolCall): Promise<Linked | InputRequiredResult> {
  const resumed = call.urlElicitation.resumed()
  if (resumed) return settle(checked(resumed.state, args, call), resumed.answer, call)
  const page = await obtainLinkPage(call, {
    connector: args.connector,
    callbackUrl: args.callback_url,
    device: args.device,
    replace: args.replace,
    prefill: args.prefill,
  })
  if (page === undefined) return askToOpen(await pageElsewhere(args, call), call)
  if ('linked' in page) return linked(pendingOrLinked(call, page.linked), true)
  const { url, link_id, code, url_complete, device_available } = page.link
  const state: ElicitationState = {
    ...identityOf(args, call),
    url,
    link_id,
    code,
    ...(url_complete === undefined ? {} : { url_complete }),
    ...(device_available === undefined ? {} : { device_available }),
  }
  return call.begunLinks.isOpened(link_id) ? settle(state, 'accept', call) : askToOpen(state, call)
}

/**
 * A service without pages of its own gives the one of the third party, and cannot tell how the link went. The name is the third
 * party's own there, so that the same name is the same account.
 */
async function pageElsewhere(args: Arguments, call: ToolCall): Promise<ElicitationState> {
  const { connector } = args
  const callbackUrl = args.callback_url ?? (await call.defaultCallbackUrl(connector))
  const { url, link_id } = await call.asUser((connectorsClient, userToken) =>
    connectorsClient.startLink(connector, userToken, { callbackUrl, replaceDuplicate: true }),
  )
  checkWebAddress(url)
  return { ...identityOf(args, call), url, link_id: link_id ?? null, code: null }
}

async function askToOpen(state: ElicitationState, call: ToolCall): Promise<Linked | InputRequiredResult> {
  const asked = await call.urlElicitation.ask(question(state), state)
  return typeof asked === 'string' ? settle(state, asked, call) : asked
}

function question({ connector, code, device, url_complete }: ElicitationState): string {
  if (device) {
    const filledIn = url_complete === undefined ? '' : ', or compare it where it is filled in'
    return `Open this page on any device to link an account at ${connector}. Type in the code ${code}${filledIn}.`
  }
  const compare = code === null ? '' : ` Continue only if the page shows the code ${code}.`
  return `Open this page to link an account at ${connector}.${compare}`
}

/** The call a page belongs to. */
const identityOf = ({ connector, callback_url, device, replace }: Arguments, { session }: ToolCall) => ({
  tool: NAME,
  connector,
  callback_url: callback_url ?? null,
  device: device ?? false,
  replace: replace ?? false,
  user: session.identifier() ?? null,
})

/** @throws INVALID_PARAMETERS for the second round of another call */
function checked(state: ElicitationState, args: Arguments, call: ToolCall): ElicitationState {
  const wanted = identityOf(args, call)
  if (Object.entries(wanted).every(([key, value]) => state[key as keyof ElicitationState] === value)) return state
  throw invalidParameters('The state sent along belongs to another call; call link_integration again, without it.')
}

/** What comes of the person's answer: waiting for the end of what was opened, or what to do next. */
async function settle(state: ElicitationState, answer: PageAnswer, call: ToolCall): Promise<Linked> {
  const { connector, url, link_id, code, device, url_complete, device_available } = state
  if (link_id === null || code === null) return pendingElsewhere(state, answer)
  if (answer === 'decline') return cancelled(connector, link_id, call)
  const page: ShownLink = { url, link_id, code, device, url_complete, device_available }
  if (answer !== 'accept') return pending(connector, page, NOT_OPENED[answer])
  call.begunLinks.markOpened(link_id)
  const status = await waitForLink(call, link_id, WAIT_SECONDS)
  return status.status === 'linked'
    ? linked(status)
    : pending(connector, page, 'The person opened the page but has not finished there yet. If it was closed:')
}

const NOT_OPENED = {
  cancel: 'The person closed the question without an answer; the link still works.',
  none: 'Not linked yet.',
}

const pending = (connector: string, page: ShownLink, what: string): Linked => ({
  shown: { status: 'pending', connector, url: page.url, link_id: page.link_id, code: page.code },
  notes: [`${what} ${howToUse(page)}`],
})

const linked = (state: LinkState, before = false): Linked => ({
  shown: { ...identified(state), ...linkedAccountOf(state), status: 'linked' },
  notes: [
    ...(before
      ? ['This is the outcome of the link begun before. For another account call link_integration again.']
      : []),
    ...linkedNotes(state.connector, state),
  ],
})

const identified = ({ connector, link_id, user_identifier, selected }: LinkState) => ({
  ...{ connector, link_id, user_identifier, selected },
})

async function cancelled(connector: string, link_id: string, call: ToolCall): Promise<Linked> {
  const ended = await cancelLinkPage(call, link_id)
  const then = ended ? 'so the link was cancelled' : 'but the link could not be cancelled; it ends by itself'
  return {
    shown: { status: 'cancelled', connector, link_id },
    notes: [`The person did not want to open the page, ${then}. Link again only when the person asks for it.`],
  }
}

const ANSWERED: Record<PageAnswer, string> = {
  accept: 'The person opened the page. Whether the account is linked shows only in list_integrations:',
  decline:
    'The person did not want to open the page now. Nothing is lost: the URL still works for a while. If opened later:',
  cancel:
    'The person closed the question without an answer. Nothing is lost: the URL still works for a while. Once opened:',
  none: 'Not linked yet: show the URL to the person, who opens it in a browser and agrees there. Afterwards:',
}

function pendingElsewhere({ connector, url, link_id }: ElicitationState, answer: PageAnswer): Linked {
  return {
    shown: { status: 'pending', connector, url, link_id },
    notes: [
      `${ANSWERED[answer]} call list_integrations with this connector, and see whether a new account stands there.`,
    ],
  }
}

async function linkByConfiguration(
  { connector, replace = false }: Arguments,
  configuration: Record<string, unknown>,
  call: ToolCall,
): Promise<Linked> {
  const { stored, ...account } = await call.asUser(async (connectorsClient, userToken) => {
    const link = { configuration, ...(replace ? { replaceDuplicate: true } : { replaceSame: true }) }
    const stored = await connectorsClient.linkCustom(connector, userToken, link)
    const { user_identifier, selected } = stored
    if (user_identifier !== undefined && typeof selected === 'boolean') return { user_identifier, selected, stored }
    const accounts = await connectorsClient.listIntegrations(connector, userToken).catch(() => [])
    const name = user_identifier ?? configuration.identifier
    const found =
      accounts.find((one) => one.user_identifier === name) ?? (accounts.length === 1 ? accounts[0] : undefined)
    return {
      user_identifier: user_identifier ?? found?.user_identifier ?? null,
      selected: found?.selected ?? null,
      stored,
    }
  })
  return {
    shown: { status: 'linked', connector, ...account, ...linkedAccountOf(stored) },
    notes: [...linkedNotes(connector, stored), ...(stored.read_only === false ? [NOT_ASKED] : [])],
  }
}

/** The page would have asked the person. */
const NOT_ASKED = 'If it should only read, link it again as read-only.'
