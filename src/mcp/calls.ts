import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ReadResourceResult,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server'
import { ConnectorsError } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { makeOnce } from '../base/single-flight.js'
import { ActionFactsCache } from './actions/action-facts.js'
import type { McpClient, McpDeps } from './deps.js'
import type { Keeping } from './kept/keeping.js'
import { readKeptFile } from './kept/read-file.js'
import { KeepingOfProcess, ServiceKeeping } from './kept/service-keeping.js'
import { BegunLinks } from './links/begun-links.js'
import { type ElicitationState, elicitationStateCodec, urlElicitation } from './links/url-elicitation.js'
import { connectorName, isActionName } from './names.js'
import { progressReporter } from './progress.js'
import { toCallToolResult } from './results/answer.js'
import { type FailedCall, toErrorResult } from './results/errors.js'
import { LocalIndex } from './search/local-index.js'
import { isAnswer, type Tool, type ToolCall } from './tool.js'
import { TOOLS } from './tools/index.js'

/** What lives as long as the process and is shared by all servers made in it. */
interface Shared {
  deps: McpDeps
  client: () => Promise<McpClient>
  actionFacts: ActionFactsCache
  localIndex: LocalIndex
  elicitationStates: RequestStateCodec<ElicitationState>
  begunLinks: BegunLinks
  asUser: ToolCall['asUser']
  keeping: Keeping
}

/** What calls need of this package, tools and all: loaded by the first one, since listing the tools needs none of it. */
export class Calls {
  readonly #shared: Shared
  readonly #tools = new Map(TOOLS.map((tool) => [tool.name, tool]))

  /** Has no effect and needs nothing of `deps` yet. */
  constructor(deps: McpDeps) {
    const client = makeOnce(deps.client)
    const asUser: ToolCall['asUser'] = async (run) => {
      const connectorsClient = await client()
      return deps.session.withToken(connectorsClient, (userToken) => run(connectorsClient, userToken))
    }
    this.#shared = {
      deps,
      client,
      asUser,
      keeping: new ServiceKeeping(asUser, new KeepingOfProcess()),
      actionFacts: new ActionFactsCache(),
      localIndex: new LocalIndex(client),
      elicitationStates: elicitationStateCodec(),
      begunLinks: new BegunLinks(),
    }
  }

  /** Runs a tool that is listed. Never fails: what goes wrong is in the result. */
  async run(
    name: string,
    raw: unknown,
    { server, ctx }: { server: McpServer; ctx: ServerContext },
  ): Promise<CallToolResult | InputRequiredResult> {
    const tool = this.#tools.get(name)
    if (tool === undefined) throw new Error(`There is no tool ${name}.`)
    return runTool(tool, raw, callOf(this.#shared, server, ctx), this.#shared.deps)
  }

  /** @throws ProtocolError */
  readFile(uri: string, handle: string | string[] | undefined): Promise<ReadResourceResult> {
    return readKeptFile(uri, handle, this.#shared.keeping, this.#shared.deps)
  }

  /** Whether the state that a client sends is the one that it got. @throws when it is not */
  verifyState(state: string, ctx: ServerContext): Promise<ElicitationState> {
    return this.#shared.elicitationStates.verify(state, ctx)
  }
}

/** Every failure becomes a tool result: none is a protocol error, and none ends the process. */
async function runTool(
  tool: Tool,
  raw: unknown,
  call: ToolCall,
  { log, embedded, command }: McpDeps,
): Promise<CallToolResult | InputRequiredResult> {
  try {
    const answer = await tool.run(raw, call)
    return isAnswer(answer) ? toCallToolResult(answer) : answer
  } catch (error) {
    if (error instanceof ConnectorsError) log?.('info', { tool: tool.name, code: error.code })
    else if (!call.signal.aborted) log?.('error', { tool: tool.name, err: error })
    // What a remote service says of commands is for the people who run it.
    return toErrorResult(error, namesIn(raw), embedded ? command : undefined)
  }
}

/** What a call was about, so that its failure can name it; only what has the form of a name. */
function namesIn(raw: unknown): FailedCall {
  if (!isPlainObject(raw)) return {}
  const connector = connectorName.safeParse(raw.connector)
  return { connector: connector.data, action: isActionName(raw.action) ? raw.action : undefined }
}

function callOf(
  { deps, client, asUser, keeping, actionFacts, localIndex, elicitationStates, begunLinks }: Shared,
  server: McpServer,
  ctx: ServerContext,
): ToolCall {
  const { session } = deps
  return {
    client,
    session,
    command: deps.command,
    saveLogin: deps.saveLogin,
    actionFacts,
    asUser,
    keeping,
    localIndex,
    readPath: deps.readPath,
    defaultCallbackUrl: deps.defaultCallbackUrl,
    brokenConnectorFiles: deps.brokenConnectorFiles ?? (async () => []),
    signal: ctx.mcpReq.signal,
    urlElicitation: urlElicitation(server, ctx, elicitationStates),
    begunLinks,
    reportProgress: progressReporter(ctx),
  }
}
