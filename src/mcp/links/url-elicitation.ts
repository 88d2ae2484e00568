import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { randomToken } from '../../base/random.js'

/** What the second round of a link needs: the page, and the call it belongs to. The MCP client can read it. */
export interface ElicitationState {
  tool: string
  connector: string
  callback_url: string | null
  /** The user that the page was made for; null if the session does not know. */
  user: string | null
  url: string
  link_id: string | null
  /** Also shown on our own page, or typed in at the third party; null without a code. */
  code: string | null
  /** True: the code is typed in at the third party, on any device. */
  device: boolean
  /** True: another account of the same name may be replaced. */
  replace: boolean
  /** That page with the code filled in. */
  url_complete?: string
  device_available?: boolean
}

/** What the person did with a page; `none`: the MCP client did not or could not ask. `accept` means "opened". */
export type PageAnswer = 'accept' | 'decline' | 'cancel' | 'none'

/** Asks the person, through the MCP client, to open a page. */
export interface UrlElicitation {
  /** The state of this call's first round and what the person did; undefined in the first round. */
  resumed(): { state: ElicitationState; answer: PageAnswer } | undefined
  /** @returns the answer, or the result that makes the MCP client ask and call again */
  ask(message: string, state: ElicitationState): Promise<PageAnswer | InputRequiredResult>
}

/** The key lives as long as the process; so do the states it signs. */
const STATE_SECONDS = 86_400
/** How long a pushed request waits for a person. Milliseconds. */
const PERSON_MS = 300_000
const KEY = 'open_page'

/** Signs the state that travels through the MCP client between two rounds. @see RequestStateCodec */
export function elicitationStateCodec(): RequestStateCodec<ElicitationState> {
  return createRequestStateCodec<ElicitationState>({
    key: randomToken(),
    ttlSeconds: STATE_SECONDS,
    bind: (ctx) => ctx.mcpReq.method,
  })
}

/**
 * URL mode elicitation in both eras: on 2026-07-28 the result asks and the MCP client calls again; before it, we push a
 * request and wait. Pushing is done here and not by the SDK's shim, which loses the page when the MCP client fails.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
 */
export function urlElicitation(
  server: McpServer,
  ctx: ServerContext,
  codec: RequestStateCodec<ElicitationState>,
): UrlElicitation {
  return {
    resumed() {
      const state = ctx.mcpReq.requestState<ElicitationState>()
      if (state === undefined) return undefined
      const view = inputResponse(ctx.mcpReq.inputResponses, KEY)
      return { state, answer: view.kind === 'elicit' ? view.action : 'none' }
    },
    async ask(message, state) {
      if (!canOpenUrls(server, ctx)) return 'none'
      if (ctx.mcpReq.envelope === undefined) return pushUrl(ctx, message, state)
      return inputRequired({
        inputRequests: { [KEY]: inputRequired.elicitUrl({ message, url: pageOf(state) }) },
        requestState: await codec.mint(state, ctx),
      })
    },
  }
}

/** A bare `elicitation: {}` means forms only. On 2026-07-28 the capabilities come with each request. */
function canOpenUrls(server: McpServer, ctx: ServerContext): boolean {
  const envelope = ctx.mcpReq.envelope as Record<string, unknown> | undefined
  const declared = envelope ? envelope[CLIENT_CAPABILITIES_META_KEY] : server.server.getClientCapabilities()
  return (declared as ClientCapabilities | undefined)?.elicitation?.url !== undefined
}

/** The page that is opened for the person. */
const pageOf = ({ url, url_complete }: ElicitationState): string => url_complete ?? url

async function pushUrl(ctx: ServerContext, message: string, state: ElicitationState): Promise<PageAnswer> {
  try {
    const elicitationId = state.link_id ?? randomToken(16)
    const params = { mode: 'url' as const, message, url: pageOf(state), elicitationId }
    const { action } = await ctx.mcpReq.elicitInput(params, { timeout: PERSON_MS, signal: ctx.mcpReq.signal })
    return action
  } catch {
    return 'none'
  }
}
