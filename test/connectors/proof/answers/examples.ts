import { isPlainObject, type Json, type JsonObject } from '../../../../src/base/json.js'
import type { Action } from '../../../../src/kit/action.js'
import { ConnectorsError } from '../../../../src/kit/index.js'
import { pageParameters } from '../../../../src/mcp/actions/paging.js'
import { shape } from '../../../../src/wire/shaping.js'
import type { Schema } from '../../described-members.js'
import { connectTo, credentialOf, type SeenRequest, testCall } from '../../playing.js'
import type { Proven } from '../connectors.js'
import type { Answer } from '../data.js'
import { judgeOf } from '../descriptions.js'
import { playsOf } from '../plays.js'
import { publishedAction } from '../published.js'
import { endlessThirdParty } from '../third-party.js'
import { Chance, markdown, title } from './prose.js'
import { RECORDED } from './recorded.js'
import { oneTable } from './tables.js'

/** Where an example comes from: recorded or in full size, the vendor's own example, the connector's data, or made of a schema. */
export type Source = 'full size' | "vendor's example" | 'data' | 'schema'

/** What an action answers in its example. */
export interface Example {
  connector: string
  action: Action
  source: Source
  /** The answer of the service when these fields are asked for; undefined for all. A list is as long as its default page. */
  answer(fields: readonly string[] | undefined): Promise<{ data: Json; meta: JsonObject | null }>
}

/** The items of a page where the action says nothing. */
const USUAL_PAGE = 30

/** An example of the answer of every action of a connector; why there is none, by action, for the others. */
export async function examplesOf(proven: Proven): Promise<{ examples: Example[]; without: Map<string, string> }> {
  const examples: Example[] = []
  const without = new Map<string, string>()
  for (const action of proven.connector.actions) {
    const example = await exampleOf(proven, action)
    if (typeof example === 'string') without.set(action.name, example)
    else examples.push(example)
  }
  return { examples, without }
}

async function exampleOf(proven: Proven, action: Action): Promise<Example | string> {
  const name = proven.connector.name
  const data = RECORDED[`${name} ${action.name}`]?.data
  const example = { connector: name, action }
  if (data) {
    const answer: Example['answer'] = async (fields) => ({
      data: shape(data, { response_fields: fields ? [...fields] : undefined }),
      meta: PAGE,
    })
    return { ...example, source: 'full size', answer }
  }
  // The example in a description may be of another form than the description says.
  const isTaken = typeof (await played(proven, action, { byExample: true })) !== 'string'
  const first = await played(proven, action, { byExample: isTaken })
  if (typeof first === 'string') return first
  const answer: Example['answer'] = async (fields) => {
    const again = await played(proven, action, { byExample: isTaken, fields })
    if (typeof again === 'string') throw new Error(again)
    const data = asLongAs(pageOf(action), again.data)
    return { data: first.source === 'schema' ? withProse(data) : data, meta: again.meta }
  }
  return { ...example, source: first.source, answer }
}

/** As a list of GitHub's GraphQL API has it. */
const PAGE: JsonObject = {
  ...{ total: 2345, total_page: 79, has_next: true, has_prev: false },
  ...{ backwards_cursor: null, forwards_cursor: 'Y3Vyc29yOnYyOpK5' },
}

interface Played {
  data: Json
  meta: JsonObject | null
  source: Source
}

/** @returns the reason where the action gives no JSON, or its third party is not described on this machine */
async function played(
  { connector, data }: Proven,
  action: Action,
  { byExample, fields }: { byExample: boolean; fields?: readonly string[] | undefined },
): Promise<Played | string> {
  const sources = new Set<Source | 'nowhere'>()
  const send = endlessThirdParty(
    connector,
    async (request) => {
      const [answer, source] = await answerTo(request, {
        action,
        connector: connector.name,
        told: data.answer,
        byExample,
      })
      sources.add(source)
      return answer
    },
    () => {},
  )
  const authorize = () => credentialOf(connector, { configuration: { ...data.configuration } })
  const upstream = connector.port === 'http' ? connectTo(connector, send, authorize) : oneTable
  const [play] = playsOf(action, data, publishedAction(connector.name, action.name))
  const asked = action.shaping && fields ? { response_fields: [...fields] } : {}
  try {
    const result = await action.prepare({ ...play?.inputs[0], ...asked })(upstream, testCall())
    if (!('data' in result)) return 'it gives a file'
    if (sources.has('nowhere')) return 'its third party is not described on this machine'
    const source = ORDER.find((one) => sources.has(one)) ?? 'data'
    return { data: result.data, meta: result.meta, source }
  } catch (error) {
    if (sources.has('nowhere')) return 'its third party is not described on this machine'
    if (error instanceof ConnectorsError) return `its example is refused: ${error.message}`
    throw error
  }
}

/** Of several requests of a call. */
const ORDER: readonly Source[] = ['full size', "vendor's example", 'schema', 'data']

interface Asked {
  action: Action
  connector: string
  /** What the data of the connector answer. */
  told: ((request: SeenRequest, action: string) => Answer | undefined) | undefined
  /** Whether the vendor's own examples are answered, or what is made of its schemas. */
  byExample: boolean
}

async function answerTo(
  request: SeenRequest,
  { action, connector, told, byExample }: Asked,
): Promise<[answer: Answer | undefined, source: Source | 'nowhere']> {
  const recorded = RECORDED[`${connector} ${action.name}`]?.answer
  if (recorded) return [recorded(request), 'full size']
  const own = told?.(request, action.name)
  if (own) return [own, 'data']
  const judge = await judgeOf(request.url)
  if (judge === 'not at hand') return [undefined, 'nowhere']
  const hasExample = byExample && typeof judge !== 'string' && 'description' in judge
  const json = hasExample ? judge.description.answerExample({ ...request, path: judge.path }) : undefined
  return json === undefined ? [undefined, 'schema'] : [{ json: json as Json }, "vendor's example"]
}

/** The items that the action gives by default. */
function pageOf(action: Action): number {
  const { properties = {} } = action.forms().full as Schema
  const { limit } = pageParameters(properties as Record<string, unknown>)
  const usual = limit && properties[limit.name]?.default
  return typeof usual === 'number' ? usual : USUAL_PAGE
}

/** A list of few items with them again and again. */
const asLongAs = (count: number, data: Json): Json =>
  Array.isArray(data) && data.length > 0
    ? Array.from({ length: Math.max(count, data.length) }, (_, index) => data[index % data.length] ?? null)
    : data

const PROSE = /^(?:body|body_text|description|text|content|summary)$/

/** What is made of a schema has `body-1` for a text. Here texts are as long as people write them. */
function withProse(data: Json): Json {
  const chance = new Chance(5)
  const written = (value: Json, name: string): Json => {
    if (Array.isArray(value)) return value.map((item) => written(item, name))
    if (isPlainObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, written(member as Json, key)]))
    if (value !== `${name.replaceAll('_', '-')}-1`) return value
    if (PROSE.test(name)) return markdown(chance, 300, 1500)
    return name === 'title' ? title(chance) : value
  }
  return written(data, '')
}
