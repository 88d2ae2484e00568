import { encode } from 'gpt-tokenizer'
import type { StdioProcess, ToolResult } from '../built/stdio-process.js'
import type { Person } from './person.js'

/** What an MCP client shows to its model of a result: some only the text, some only the structured form. */
export type Reading = 'text' | 'structured'

type Args = Record<string, unknown>

interface Call {
  name: string
  args: Args
}

interface Tool {
  name: string
  inputSchema: { required?: string[]; properties?: Record<string, unknown> }
}

/** An action as a description of its connector shows it, or as a search found it. */
type Described = { description: string } & (
  | { name: string; parameters?: { required?: string[] } }
  | { action: string; connector: string; parameters: Record<string, string> }
)

/** What came of a call, as the agent reads it. */
interface Read {
  failed: boolean
  /** The result itself, parsed. */
  facts: Record<string, unknown>
  /** What is said beside it: what happened and what to do next. */
  advice: string
}

/** So many calls and no result: the texts lead in a circle. */
const PATIENCE = 14
const NO_CONNECTOR = /no connector has that name/i

/**
 * An agent that knows nothing of the product: the instructions, the list of tools and the results are all it has, and of
 * the results it follows what they say to do next. It can read names of tools and candidates in a sentence, schemas, and
 * the names that earlier results gave; what only the person knows, it asks the person for.
 */
export class BlindAgent {
  readonly #server: StdioProcess
  readonly #reading: Reading
  readonly #person: Person
  readonly calls: string[] = []
  tokens = 0
  /** Whether the last call answered what the person wanted. */
  answered = false
  #tools: Tool[] = []
  #connector: string | undefined
  #action: Described | undefined
  #linkId: string | undefined
  #last: Call = { name: '', args: {} }
  #asksForLess = false

  constructor(server: StdioProcess, reading: Reading, person: Person) {
    this.#server = server
    this.#reading = reading
    this.#person = person
  }

  /** Reads what every conversation begins with. @returns what the instructions say to do */
  async arrive(): Promise<string> {
    const { instructions } = (await this.#server.request('server/discover')) as { instructions?: string }
    const { tools } = (await this.#server.request('tools/list')) as unknown as { tools: Tool[] }
    this.#tools = tools
    return instructions ?? ''
  }

  /**
   * Follows what it reads until the person's question is answered.
   * @param advice what it read last
   * @throws Error where the texts name nothing that it could do, or lead in a circle
   */
  async follow(advice: string): Promise<void> {
    let said = advice
    while (this.calls.length < PATIENCE) {
      const next = this.#correction(said) ?? this.#nextOf(said)
      if (!next) throw new Error(`Nothing to do is named in: ${said}\nCalls: ${this.calls.join(', ')}`)
      said = (await this.call(next.name, next.args)).advice
      if (this.answered) return
    }
    throw new Error(`The texts lead in a circle: ${this.calls.join(', ')}\nThe last one: ${said}`)
  }

  /** One call, whatever made the agent think of it. */
  async call(name: string, args: Args): Promise<Read> {
    this.#last = { name, args }
    this.calls.push(name)
    const result = await this.#server.tryCall(name, args)
    const shown = this.#shown(result)
    this.tokens += encode(shown).length
    const read = this.#read(result)
    if (typeof args.connector === 'string' && !NO_CONNECTOR.test(read.advice)) this.#connector = args.connector
    this.answered = !read.failed && this.#person.isContent(read.facts.data)
    this.#remember(read.facts)
    if (typeof read.facts.url === 'string') await this.#person.open(read.facts.url)
    return read
  }

  /** Some MCP clients show the structured form where there is one, which failures have; others show all texts. */
  #shown({ content, structuredContent }: ToolResult): string {
    if (this.#reading === 'structured' && structuredContent !== undefined) return JSON.stringify(structuredContent)
    return textsOf(content).join('\n')
  }

  #read(result: ToolResult): Read {
    const failed = result.isError === true
    // What a third party said is data.
    if (failed && this.#reading === 'text')
      return { failed, facts: {}, advice: this.#shown(result).split('\n\nWhat the third party said')[0] ?? '' }
    const { next_step = '', error, ...facts } = result.shown
    return { failed, facts, advice: error ? `${error.message} ${error.next_step ?? ''}` : next_step }
  }

  /** Names that later calls need. */
  #remember(facts: Record<string, unknown>): void {
    const connectors = facts.connectors as { name: string; description: string }[] | undefined
    this.#connector =
      connectors?.find(({ description }) => this.#person.needs.test(description))?.name ?? this.#connector
    const actions = facts.actions as Described[] | undefined
    this.#action =
      actions?.find(({ description, parameters }) => parameters && this.#person.means.test(description)) ?? this.#action
    if (this.#action && 'connector' in this.#action) this.#connector = this.#action.connector
    if (typeof facts.link_id === 'string') this.#linkId = facts.link_id
  }

  /** The same call once more, with what the text says was wrong put right. */
  #correction(said: string): Call | undefined {
    const { name, args } = this.#last
    const [, candidate] = /\(did you mean ([\w-]+)/.exec(said) ?? []
    if (candidate && NO_CONNECTOR.test(said)) return { name, args: { ...args, connector: candidate } }
    if (candidate && /no action of that name/.test(said)) return { name, args: { ...args, action: candidate } }
    const [, missing] = /The parameters do not fit: (\w+): is missing/.exec(said) ?? []
    if (missing) return { name, args: { ...args, params: { [missing]: this.#person.question(this.#asksForLess) } } }
    if (/\bask for less\b/i.test(said)) {
      this.#asksForLess = true
      const given = Object.keys((args.params ?? {}) as Args).slice(0, 1)
      const params = Object.fromEntries(given.map((parameter) => [parameter, this.#person.question(true)]))
      return { name, args: { ...args, params } }
    }
    return undefined
  }

  /** The first tool that the text names and whose arguments are known by now. */
  #nextOf(said: string): Call | undefined {
    const named = this.#tools
      .map(({ name }) => ({ name, at: said.search(new RegExp(`\\b${name}\\b`)) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
    for (const { name } of named) {
      const next = this.#fill(name)
      if (next && !(next.name === this.#last.name && isSame(next.args, this.#last.args))) return next
    }
    return undefined
  }

  /** @returns undefined where an argument that is required is not known */
  #fill(name: string): Call | undefined {
    // Another tool for what was just tried.
    if (name === 'execute_connector' && this.#last.name === 'read_connector') return { name, args: this.#last.args }
    const args: Args = {}
    for (const argument of this.#tools.find((tool) => tool.name === name)?.inputSchema.required ?? []) {
      const value = this.#known(argument)
      if (value === undefined) return undefined
      args[argument] = value
    }
    if (name === 'execute_connector' || name === 'read_connector') args.params = this.#params()
    return { name, args }
  }

  #known(argument: string): string | undefined {
    switch (argument) {
      case 'identifier':
        return this.#person.name
      case 'connector':
        return this.#connector
      case 'action':
        return this.#action && ('action' in this.#action ? this.#action.action : this.#action.name)
      case 'query':
        return this.#person.need
      case 'link_id':
        return this.#linkId
    }
    return undefined
  }

  /** The person's question, where the schema wants a text. */
  #params(): Args {
    return Object.fromEntries(requiredOf(this.#action).map((name) => [name, this.#person.question(this.#asksForLess)]))
  }
}

const textsOf = (content: ToolResult['content']): string[] =>
  content.flatMap(({ text, annotations }) =>
    text === undefined || annotations?.audience?.includes('user') ? [] : [text],
  )

const isSame = (a: Args, b: Args): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The names of the parameters that a call needs, as either form says it. */
function requiredOf(action: Described | undefined): string[] {
  if (action === undefined) return []
  if (!('action' in action)) return action.parameters?.required ?? []
  return Object.entries(action.parameters).flatMap(([name, text]) => (/^[^;]*, required\b/.test(text) ? [name] : []))
}
