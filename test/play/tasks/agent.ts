import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { isPlainObject } from '../../../src/base/json.js'
import type { StdioProcess, ToolResult } from '../../built/stdio-process.js'

type Args = Record<string, unknown>

/** A tool as `tools/list` shows it. */
export interface ListedTool {
  name: string
  description: string
  inputSchema: { required?: string[]; properties?: Record<string, unknown> }
}

/** What a task took. Tokens of o200k_base. */
export interface Taken {
  calls: number
  /** Of the results, by an agent whose client shows it the content: texts, and the bytes of embedded files. */
  read: number
  /** Of the results, by one whose client shows it the structured form, too. */
  readAll: number
  /** Of the arguments. */
  written: number
}

/** What came of a call, as the agent understands it. */
export interface Answer {
  failed: boolean
  /** The result itself, parsed. */
  facts: Args
  /** What happened and what to do next, in words. */
  advice: string
  /** An embedded file, in base64. */
  blob?: string | undefined
}

/** An action that the agent could call, by what it has read. */
export interface KnownAction {
  connector: string
  action: string
  tool: string
  required: readonly string[]
  /** The names of all parameters that it has read of. */
  parameters: readonly string[]
  /** Whether an account is linked. */
  isLinked: boolean
}

/**
 * An agent that goes by what it reads: the list of tools, results, and what they say to do next. Which build it talks to it
 * does not know; what differs is which tools there are, and what they answer.
 */
export class TaskAgent {
  readonly taken: Taken = { calls: 0, read: 0, readAll: 0, written: 0 }
  /** The tools called, in order. */
  readonly way: string[] = []
  readonly #server: StdioProcess
  readonly #tools: readonly ListedTool[]

  constructor(server: StdioProcess, tools: readonly ListedTool[]) {
    this.#server = server
    this.#tools = tools
  }

  /** One call, counted. */
  async call(name: string, args: Args): Promise<Answer> {
    const result = await this.#server.tryCall(name, args)
    const content = shownContent(result)
    const structured = result.structuredContent === undefined ? '' : JSON.stringify(result.structuredContent)
    this.way.push(name)
    this.taken.calls += 1
    this.taken.written += encode(JSON.stringify({ name, arguments: args })).length
    this.taken.read += encode(content).length
    this.taken.readAll += encode(content).length + (structured ? encode(structured).length : 0)
    return understood(result)
  }

  has(tool: string): boolean {
    return this.#tools.some(({ name }) => name === tool)
  }

  /** What the list of tools says of an argument; empty where it has none. */
  textOf(tool: string, argument: string): string {
    const listed = this.#tools.find(({ name }) => name === tool)
    return JSON.stringify(listed?.inputSchema.properties?.[argument] ?? '')
  }

  /** Finds the actions for a need, as far as needed to call them. @throws Error where what it reads does not lead to them */
  async find(words: string, wanted: readonly RegExp[]): Promise<KnownAction[]> {
    const found = this.has('search_actions')
      ? searched((await this.call('search_actions', { query: words })).facts)
      : await this.#described(words, wanted)
    return wanted.map((name) => {
      const known = found.find(({ action }) => name.test(action))
      if (!known) throw new Error(`No action ${name} for "${words}" among ${found.map(({ action }) => action)}`)
      return known
    })
  }

  /** Before there was a search: the connectors for a need name actions, which a description then shows. */
  async #described(words: string, wanted: readonly RegExp[]): Promise<KnownAction[]> {
    const { facts } = await this.call('list_connectors', { query: words })
    const connectors = facts.connectors as { name: string; linked?: string[]; matching_actions?: string[] }[]
    const fits = (name: string): boolean => wanted.some((one) => one.test(name))
    const connector = connectors.find(({ matching_actions = [] }) => matching_actions.some(fits)) ?? connectors[0]
    if (!connector) throw new Error(`No connector for "${words}"`)
    const named = connector.matching_actions?.filter(fits) ?? []
    const isAll = wanted.every((one) => named.some((name) => one.test(name)))
    const asked = isAll ? { connector: connector.name, actions: named } : { connector: connector.name }
    const described = (await this.call('describe_connector', asked)).facts.actions as DescribedAction[]
    return described.map((one) => ({
      connector: connector.name,
      action: one.name,
      tool: one.read_only ? 'read_connector' : 'execute_connector',
      required: one.parameters?.required ?? [],
      parameters: Object.keys(one.parameters?.properties ?? {}),
      isLinked: (connector.linked ?? []).length > 0,
    }))
  }

  /**
   * Runs an action with those of the values that it has parameters for.
   * @param values by the names that parameters may have
   * @param more arguments of the tool beside `params`
   * @throws Error where a required parameter has no value, or the call fails
   */
  async run(known: KnownAction, values: Args, more: Args = {}): Promise<Answer> {
    const missing = known.required.filter((name) => !(name in values))
    if (missing.length > 0) throw new Error(`Nothing is known for ${missing} of ${known.action}`)
    const params = Object.fromEntries(Object.entries(values).filter(([name]) => known.parameters.includes(name)))
    const answer = await this.call(known.tool, { connector: known.connector, action: known.action, params, ...more })
    if (answer.failed) throw new Error(answer.advice)
    return answer
  }
}

interface DescribedAction {
  name: string
  read_only?: boolean
  parameters?: { required?: string[]; properties?: Record<string, unknown> }
}

interface SearchedAction {
  connector: string
  action: string
  tool: string
  accounts?: string[]
  link_first?: boolean
  parameters: Record<string, string>
  optional?: string
}

const searched = ({ actions }: Args): KnownAction[] =>
  (actions as SearchedAction[]).map((one) => ({
    ...{ connector: one.connector, action: one.action },
    // Of several the one that only reads is named first.
    tool: /\w+_connector/.exec(one.tool)?.[0] ?? one.tool,
    required: Object.entries(one.parameters).flatMap(([name, text]) => (/^[^;]*, required\b/.test(text) ? [name] : [])),
    parameters: [...Object.keys(one.parameters), ...(one.optional?.match(/\w+/g) ?? [])],
    isLinked: one.link_first !== true,
  }))

const isForModel = ({ annotations }: ToolResult['content'][number]): boolean =>
  !annotations?.audience?.includes('user') || annotations.audience.includes('assistant')

/** Texts, and what else there is as JSON: links to files, and files themselves. */
const shownContent = ({ content }: ToolResult): string =>
  content
    .filter(isForModel)
    .map((block) => block.text ?? JSON.stringify(block))
    .join('\n')

function understood(result: ToolResult): Answer {
  const failed = result.isError === true
  const texts = result.content.filter(isForModel).flatMap(({ text }) => text ?? [])
  const blob = result.content.flatMap((block) => ('resource' in block ? [block.resource as { blob?: string }] : []))[0]
  if (failed) return { failed, facts: {}, advice: texts.join('\n') }
  const { next_step = '', ...facts } = isPlainObject(result.shown) ? result.shown : {}
  return { failed, facts, advice: String(next_step), blob: blob?.blob }
}

/** The items of a list in either form, by dotted names. */
export function itemsOf(data: unknown): Args[] {
  if (Array.isArray(data)) return data.map((item) => flat(item as Args))
  const { columns, rows } = data as { columns: string[]; rows: unknown[][] }
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])))
}

const flat = (item: Args, before = ''): Args =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      isPlainObject(value) ? Object.entries(flat(value, `${before}${name}.`)) : [[`${before}${name}`, value]],
    ),
  )
