import type { ContentBlock, InputRequiredResult, ToolAnnotations } from '@modelcontextprotocol/server'
import type * as z from 'zod'
import type { Secret } from '../base/secret.js'
import type { ActionFactsCache } from './actions/action-facts.js'
import type { McpClient, McpDeps } from './deps.js'
import type { Keeping } from './kept/keeping.js'
import type { BegunLinks } from './links/begun-links.js'
import type { UrlElicitation } from './links/url-elicitation.js'
import type { ReportProgress } from './progress.js'
import { parseArguments } from './schema.js'
import type { LocalIndex } from './search/local-index.js'
import type { Session } from './session.js'

/** What a tool may know and do, in addition to its arguments. */
export interface ToolCall {
  /** The client of the service, made by the first call that needs it. */
  client(): Promise<McpClient>
  session: Session
  /** How a person starts this installation in a terminal. */
  command: string
  saveLogin: McpDeps['saveLogin']
  /**
   * Runs something with the person's user token, after a silent login if that is needed.
   * @throws INVALID_TOKEN when no user is logged in
   */
  asUser<T>(run: (connectorsClient: McpClient, userToken: Secret) => Promise<T>): Promise<T>
  /** Where a browser ends up after an OAuth 2 link of this connector, unless the caller says otherwise. */
  defaultCallbackUrl(connector: string): Promise<string>
  /** The person's own connector files that could not be used. */
  brokenConnectorFiles(): Promise<readonly string[]>
  /** Aborts when the MCP client cancels the call or goes away. */
  signal: AbortSignal
  urlElicitation: UrlElicitation
  /** The links that wait for the person, of all calls. */
  begunLinks: BegunLinks
  reportProgress: ReportProgress
  actionFacts: ActionFactsCache
  /** Searches actions where the service does not. */
  localIndex: LocalIndex
  /** Keeps files and long results under handles, for the user. */
  keeping: Keeping
  readPath: McpDeps['readPath']
}

/** What a tool returns: the result, and what else the model or the person should know. */
export interface ToolAnswer<Shown = Record<string, unknown>> {
  /** What is shown as JSON. */
  shown: Shown
  /** Our own sentences: what the result means, what to do next. No text of a third party. */
  notes?: readonly string[]
  /** Further content: a file, the person's secret. */
  blocks?: readonly ContentBlock[]
  /** The field whose items are on a line each in the text. */
  lines?: string
  /** Fields of what is shown whose JSON is there already, by name. */
  written?: Readonly<Record<string, string>>
}

interface ToolFacts {
  name: string
  title: string
  /** For a model: what it does, when to use it, what comes next. */
  description: string
  annotations: Omit<ToolAnnotations, 'title'>
  /** The tool that has the same arguments, and describes them. */
  argumentsAsIn?: string
  /** A sentence that says where arguments belong that are not the tool's own. */
  strayArguments?: string
}

/** A tool with its types erased, so that a list of tools needs no casts. */
export interface Tool extends ToolFacts {
  readonly input: z.ZodObject
  /** @throws INVALID_PARAMETERS for invalid arguments, and the service's own errors */
  run(raw: unknown, call: ToolCall): Promise<ToolAnswer | InputRequiredResult>
}

/**
 * Defines a tool: name, title, description, hints, input, output, run.
 * @param facts `run` receives the parsed arguments; its result is reduced to the fields of `output`
 */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  facts: ToolFacts & {
    input: Input
    output: Output
    run: (args: z.output<Input>, call: ToolCall) => Promise<ToolAnswer<z.input<Output>> | InputRequiredResult>
  },
): Tool {
  const { output, ...rest } = facts
  return {
    ...rest,
    async run(raw, call) {
      const answer = await facts.run(parseArguments(facts.input, raw, facts.strayArguments), call)
      return isAnswer(answer) ? { ...answer, shown: output.parse(answer.shown) } : answer
    },
  }
}

/** False for the result that makes the MCP client ask the person and call again. */
export const isAnswer = <Shown>(result: ToolAnswer<Shown> | InputRequiredResult): result is ToolAnswer<Shown> =>
  'shown' in result

/** The hints of a tool that only reads; those about changes have no meaning then. */
export const READS = { readOnlyHint: true, openWorldHint: false } as const
