import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { BegunLink, LinkState } from '../../wire/index.js'
import type { ToolCall } from '../tool.js'
import { accessNotes, type LinkedAccountFacts, linkedNote } from './linked-account.js'
import { checkWebAddress } from './web-address.js'

/** How long a call waits for a person in a browser; MCP clients abandon a call after 60. Seconds. */
export const WAIT_SECONDS = 25
/** Between two reports of progress. Seconds. */
const STEP_SECONDS = 5

/** A link for the person to open, or the outcome of the previous link, which has been finished. */
export type LinkPage = { link: BegunLink } | { linked: LinkState }

/** What to link, and how. */
export interface LinkPageRequest {
  connector: string
  /** Where the browser ends; our own page by default. */
  callbackUrl?: string | undefined
  /** True: the person types in a code at the third party, on any device. */
  device?: boolean | undefined
  /** True: another account of the same name may be replaced. */
  replace?: boolean | undefined
  /** What is filled into the form of the page for the person to check. */
  prefill?: Readonly<Record<string, string | number | boolean | null>> | undefined
}

/**
 * Begins a link on the service's page, or by a code at the third party; the service returns the pending link for the
 * same account if there is one. If a link that this process began has been finished, its outcome is returned once instead.
 * @returns undefined if the service has no such pages
 * @throws CONNECTOR_NOT_FOUND, UPSTREAM_ERROR for a page that is not a web address, INVALID_PARAMETERS if the service does
 * not support such codes, and the service's own errors
 */
export function obtainLinkPage(call: ToolCall, wish: LinkPageRequest): Promise<LinkPage | undefined> {
  const { connector, callbackUrl, device = false, replace = false, prefill } = wish
  return call.asUser(async (connectorsClient, userToken) => {
    const user = call.session.identifier() ?? null
    const target = { user, connector, callbackUrl: callbackUrl ?? null, device, replace }
    const before = call.begunLinks.last(target)
    const status = before && (await readLink(call, before, 0).catch(undefinedIfUnknown))
    if (status && status.status === 'linked') return { linked: status }
    try {
      const asked = {
        callbackUrl,
        prefill,
        ...(replace ? { replaceDuplicate: true } : {}),
        ...(device ? { device } : {}),
      }
      const link = checked(await connectorsClient.beginLink(connector, userToken, asked))
      if (device && !link.device) {
        // The service is older than such codes and began a link on its page.
        await connectorsClient.cancelLink(userToken, link.link_id).catch(() => undefined)
        throw noDeviceLinks()
      }
      call.begunLinks.note(target, link.link_id)
      return { link }
    } catch (error) {
      undefinedIfUnknown(error)
      if (device) throw noDeviceLinks()
      return undefined
    }
  })
}

/**
 * Waits until a link is no longer pending, at most that many seconds, and reports progress. A link that has ended is
 * forgotten, so that the next call begins a new one.
 * @throws LINK_FAILED, LINK_EXPIRED, NOT_FOUND for a link that the service does not know, the signal's reason when cancelled
 */
export async function waitForLink(call: ToolCall, linkId: string, seconds: number): Promise<LinkState> {
  for (let waited = 0; ; waited += STEP_SECONDS) {
    call.signal.throwIfAborted()
    const wait = Math.min(STEP_SECONDS, seconds - waited)
    // The end of the step is reported, because some clients report the question to the person as step 1 themselves.
    if (wait > 0) await call.reportProgress(waited + wait, seconds, 'Waiting for the person to finish in the browser')
    const status = await readLink(call, linkId, wait).catch((error: unknown) => {
      if (!saysUnknown(error)) throw error
      call.begunLinks.forget(linkId)
      throw unknownLink()
    })
    if (status.status === 'pending' && waited + wait < seconds) continue
    return pendingOrLinked(call, status)
  }
}

/** @returns the status of a link that is pending or linked @throws INTEGRATION_EXISTS, LINK_EXPIRED, LINK_FAILED otherwise */
export function pendingOrLinked(call: ToolCall, status: LinkState): LinkState {
  const { link_id, connector, error, message } = status
  if (status.status === 'pending') return status
  call.begunLinks.forget(link_id)
  if (status.status === 'linked') return status
  const details = { connector, link_id, ...(error ? { reason: error } : {}) }
  if (error === 'duplicate_user_error') throw new ConnectorsError('INTEGRATION_EXISTS', message || EXISTS, { details })
  const code = status.status === 'expired' ? 'LINK_EXPIRED' : 'LINK_FAILED'
  throw new ConnectorsError(code, message || OVER[code], { details })
}

const EXISTS = 'An account with that name is linked already, so nothing was linked.'

const OVER = {
  LINK_EXPIRED: 'The person did not finish in time, so the link has expired.',
  LINK_FAILED: 'The account could not be linked.',
}

/** Ends a link that is no longer wanted. @returns false if the service could not be reached */
export async function cancelLinkPage(call: ToolCall, linkId: string): Promise<boolean> {
  call.begunLinks.forget(linkId)
  try {
    await call.asUser(async (connectorsClient, userToken) => connectorsClient.cancelLink(userToken, linkId))
    return true
  } catch (error) {
    return saysUnknown(error)
  }
}

/** What the person needs for a link. */
export type ShownLink = Pick<BegunLink, 'url' | 'code' | 'link_id' | 'device' | 'url_complete' | 'device_available'>

/** What to tell the agent about a page that the person should open. */
export function howToUse({ url, code, link_id, device, url_complete, device_available }: ShownLink): string {
  const then = `Then call check_link with link_id ${link_id}.`
  if (device) {
    const filledIn =
      url_complete === undefined ? '' : `, or opens ${url_complete}, where it is filled in, and compares it`
    return `Show the person the link ${url} and the code ${code}. The person opens the link in a browser on any device and types in the code${filledIn}. ${then}`
  }
  const instead = device_available
    ? ' If the person has no browser on this machine, call link_integration with device true instead.'
    : ''
  return (
    `Show the person the link ${url} and the code ${code}. The person opens the link in a browser and goes on only if ` +
    `the page shows that code. ${then}${instead}`
  )
}

/** What to tell the agent about a newly linked account. Its name is a third party's text, so it is not in these sentences. */
export const linkedNotes = (connector: string, account: LinkedAccountFacts): string[] => [
  linkedNote(connector, account),
  ...accessNotes(account),
  'Next: read_connector or execute_connector; describe_connector shows what can be done.',
]

const readLink = (call: ToolCall, linkId: string, wait: number): Promise<LinkState> =>
  call.asUser((connectorsClient, userToken) =>
    connectorsClient.linkStatus(userToken, linkId, { wait, signal: call.signal }),
  )

function checked(link: BegunLink): BegunLink {
  for (const url of [link.url, link.url_complete]) if (url !== undefined) checkWebAddress(url)
  return link
}

/** Whether a service answered that it has no such link, or no such route. */
const saysUnknown = (error: unknown): boolean =>
  error instanceof ConnectorsError && ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'ACTION_NOT_FOUND'].includes(error.code)

function undefinedIfUnknown(error: unknown): undefined {
  if (!saysUnknown(error)) throw error
}

const noDeviceLinks = (): ConnectorsError =>
  invalidParameters('This service links accounts on its page only: call link_integration without device.', [
    { field: 'device', message: 'is not possible here' },
  ])

const unknownLink = (): ConnectorsError =>
  new ConnectorsError(
    'NOT_FOUND',
    'The service does not know this link of this person. list_integrations shows what is linked; link_integration begins a new link.',
  )
