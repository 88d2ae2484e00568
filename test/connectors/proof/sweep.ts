import type { Action } from '../../../src/kit/action.js'
import type { Connector } from '../../../src/kit/connector.js'
import { ConnectorsError } from '../../../src/kit/index.js'
import type { Schema } from '../described-members.js'
import { methodOfDocument } from '../graphql-description.js'
import { connectTo, credentialOf, hostsOf, type SeenRequest, testCall } from '../harness.js'
import type { Exception, ProofData } from './data.js'
import { judgeOf } from './descriptions.js'
import { errorText } from './error-text.js'
import { type Input, type Play, playsOf } from './plays.js'
import { type PublishedAction, publishedAction } from './published.js'
import { endlessThirdParty } from './third-party.js'

/** What a sweep found. */
export interface Sweep {
  /** What is wrong, a line each. */
  faults: string[]
  /** Requests that were held against a description. */
  requests: number
  /** The same by action, and by what they were held against. */
  held: Map<string, Held>
  /** Exceptions that were needed. */
  exceptions: number
  /** Actions without a description, and why. */
  undescribed: Map<string, string>
  /** True where the descriptions are not on this machine, so that nothing is held. */
  notAtHand: boolean
}

/** Requests of one action. */
export interface Held {
  /** Held against a description of REST. */
  rest: number
  /** Held against a GraphQL schema. */
  graphql: number
}

/** More requests than any call of an action needs with lists of one item. */
const MOST_REQUESTS = 100
const TOKEN = 'sweep-token-0123456789'

/**
 * Plays every action of a connector in every way, and holds each request that leaves against the vendor's description.
 * @param connect makes what the actions talk to; a test of the sweep itself has its own
 */
export async function sweep(
  connector: Connector,
  data: ProofData,
  connect: (...of: Parameters<typeof connectTo>) => unknown = connectTo,
): Promise<Sweep> {
  const found: Sweep = {
    faults: [],
    requests: 0,
    held: new Map(),
    exceptions: 0,
    undescribed: new Map(),
    notAtHand: false,
  }
  const needed = new Set<Exception>()
  for (const action of connector.actions) {
    const faults = new Map<string, string[]>()
    const stage: Stage = { connector, action, data, connect, found, methods: new Set() }
    const note = (fault: string, title: string): void => {
      const excused = (data.exceptions ?? []).filter((entry) => excuses(entry, action, fault))
      for (const exception of excused) needed.add(exception)
      if (excused.length === 0) faults.set(fault, [...(faults.get(fault) ?? []), title])
    }
    for (const play of playsOf(action, data, publishedAction(connector.name, action.name))) {
      for (const fault of await faultsOfPlay(stage, play)) note(fault, play.title)
    }
    for (const fault of effectFaults(action, stage.methods)) note(fault, 'all of them')
    for (const [fault, titles] of faults) {
      const shown = titles.length > 2 ? `${titles[0]} and ${titles.length - 1} other plays` : titles.join(' and ')
      found.faults.push(`${action.name}, with ${shown}: ${fault}`)
    }
  }
  found.exceptions = needed.size
  const spare = (data.exceptions ?? []).filter((exception) => !needed.has(exception) && !found.notAtHand)
  found.faults.push(
    ...spare.map(({ action, fault }) => `the exception of ${action} for "${fault}" is not needed any more`),
    ...unknownNames(connector, data).map((name) => `the data name ${name}, which the connector does not have`),
  )
  return found
}

/** Actions and parameters of the data that are not those of the connector. */
function unknownNames({ actions, byName }: Connector, { values = {}, plays = [] }: ProofData): string[] {
  const parametersOf = (action: Action | undefined): string[] =>
    Object.keys((action?.forms().full as Schema | undefined)?.properties ?? {})
  const everywhere = new Set(actions.flatMap(parametersOf))
  const has = (action: string, parameter: string): boolean => parametersOf(byName.get(action)).includes(parameter)
  const ofOne = plays.flatMap(({ action, input }) =>
    Object.keys(input).map((parameter) => [action, parameter] as const),
  )
  return [
    ...ofOne.filter(([action, parameter]) => !has(action, parameter)).map((names) => names.join('.')),
    ...Object.keys(values).filter((name) => {
      const dot = name.lastIndexOf('.')
      return dot < 0 ? !everywhere.has(name) : !has(name.slice(0, dot), name.slice(dot + 1))
    }),
  ]
}

const excuses = ({ action, fault }: Exception, { name }: Action, found: string): boolean =>
  (action === '*' || action === name) && found.includes(fault)

/** An action, what it is played with, and where what is found goes. */
interface Stage {
  connector: Connector
  action: Action
  data: ProofData
  connect: (...of: Parameters<typeof connectTo>) => unknown
  found: Sweep
  /** How what left is described: Slack takes a read as POST, too, and describes it as GET. */
  methods: Set<string>
}

interface Played {
  faults: string[]
  /** What left, to be compared. */
  left: string[]
  /** Why the action did not take the input; nothing left then. */
  refusal?: string
  /** True where it got an answer that neither a description nor its data tell: it may not like that one. */
  isGuessed?: boolean
}

/** The faults of the first input that is accepted. */
async function faultsOfPlay(stage: Stage, { inputs, about }: Play): Promise<string[]> {
  let refusal = ''
  for (const [index, input] of inputs.entries()) {
    const played = await playedWith(stage, input)
    if (played.refusal === undefined)
      return [...played.faults, ...(await idleFaults(stage, played, input, about, index))]
    refusal ||= played.refusal
  }
  return [`it is refused: ${refusal}`]
}

/**
 * A parameter that makes no difference, a boolean one with neither value, is one that was forgotten. In background work calls
 * that share what is gathered must leave the same, and those that share nothing must not.
 */
async function idleFaults(stage: Stage, played: Played, input: Input, about: Play['about'], index: number) {
  const other = about?.others[index]
  if (!about || !other) return []
  const { left, refusal } = await playedWith(stage, other)
  if (refusal !== undefined) return []
  const isSame = (one: Played): boolean => one.left.join('\n') === left.join('\n')
  const { background } = stage.action.prepare(input)
  if (background && background.key === stage.action.prepare(other).background?.key)
    return isSame(played)
      ? []
      : [`the parameter ${about.parameter} changes what leaves, and calls that differ in it share that`]
  const value = input[about.parameter]
  const isIdle =
    isSame(played) &&
    (typeof value !== 'boolean' || isSame(await playedWith(stage, { ...input, [about.parameter]: !value })))
  return isIdle ? [`the parameter ${about.parameter} changes nothing that leaves`] : []
}

async function playedWith(stage: Stage, input: Input): Promise<Played> {
  const { connector, action, data, connect, found } = stage
  const played: Played = { faults: [], left: [] }
  const send = endlessThirdParty(
    connector,
    (request) => {
      const told = data.answer?.(request, action.name)
      if (!told && found.undescribed.has(action.name)) played.isGuessed = true
      return told
    },
    async (request) => {
      // The content type of an upload has a boundary that is another one each time.
      const { 'content-type': _, ...headers } = request.headers
      played.left.push(JSON.stringify([request.method, request.url.href, request.content, headers]))
      if (played.left.length > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests left`)
      played.faults.push(...(await faultsOf(stage, request, played.left.length === 1)))
      played.faults.push(...(await faultsOfText(request, input)))
    },
  )
  const authorize = () => credentialOf(connector, { accessToken: TOKEN, configuration: { ...data.configuration } })
  try {
    const result = await action.prepare(input)(connect(connector, send, authorize), testCall())
    if (played.left.length === 0) played.faults.push('no request left')
    if ('data' in result) played.faults.push(...pagingFaults(result.meta, publishedAction(connector.name, action.name)))
  } catch (error) {
    const isRefused =
      error instanceof ConnectorsError && error.code === 'INVALID_PARAMETERS' && played.left.length === 0
    const isExcused = played.isGuessed && error instanceof ConnectorsError
    if (isRefused) played.refusal = errorText(error)
    else if (!isExcused) played.faults.push(`it failed: ${errorText(error)}`)
  }
  return played
}

async function faultsOf(stage: Stage, request: SeenRequest, isFirst: boolean): Promise<string[]> {
  const { connector, action, found, methods } = stage
  const line = `${request.method} ${request.url.origin}${request.url.pathname}`
  const faults = credentialFaults(connector, request)
  const isKnown = isVendors(connector, request.url)
  const judge = isKnown ? await judgeOf(request.url) : { without: 'the address came out of an answer' }
  let method = ('description' in Object(judge) ? undefined : methodOfDocument(request)) ?? request.method
  if (judge === 'unknown') faults.push('nothing is known about that address; add it to descriptions.ts')
  else if (judge === 'not at hand') found.notAtHand = true
  else if ('description' in judge) {
    const described = { ...request, path: judge.path }
    found.requests++
    noteHeld(found, action.name, 'texts' in judge.description ? 'graphql' : 'rest')
    faults.push(...judge.description.faults(described))
    method = judge.description.method(described) ?? method
  } else if (isKnown) {
    found.undescribed.set(action.name, judge.without)
    if (isFirst) faults.push(...operationFaults(request, publishedAction(connector.name, action.name)))
  }
  methods.add(method)
  return faults.map((fault) => `${line}: ${fault}`)
}

function noteHeld({ held }: Sweep, action: string, by: keyof Held): void {
  const counts = held.get(action) ?? { rest: 0, graphql: 0 }
  counts[by]++
  held.set(action, counts)
}

/** What a caller sends goes into the variables of a GraphQL document: in its text a quote would end it. */
async function faultsOfText({ url, ...request }: SeenRequest, input: Input): Promise<string[]> {
  const judge = await judgeOf(url)
  if (typeof judge === 'string' || 'without' in judge || !('texts' in judge.description)) return []
  const texts = judge.description.texts({ ...request, url })
  const given = textsIn(input)
  return texts.some((text) => given.some((value) => text.includes(value)))
    ? ['a value of a parameter stands in the text of a GraphQL document']
    : []
}

const textsIn = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(Object(value)).flatMap(textsIn)

/**
 * Where no description can be asked, the published catalogue still says where an action begins: `GET /v0/item/{id}.json`,
 * `GET /api/query?id_list={id}`.
 */
function operationFaults({ request, query }: SeenRequest, published: PublishedAction | undefined): string[] {
  const operation = published?.operation ?? ''
  if (!/^[A-Z]+ \/\S*$/.test(operation)) return []
  const [line = '', wanted] = operation.split('?')
  const parts = line.split(/\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const isThere = new RegExp(`^${parts.join('[^/]+')}$`).test(request)
  const isAsked = [...new URLSearchParams(wanted)].every(([name, value]) =>
    value.startsWith('{') ? query.has(name) : query.get(name) === value,
  )
  return isThere && isAsked ? [] : [`the published operation is ${operation}`]
}

const PAGED = ['has_next', 'forwards_cursor']
const META: Readonly<Record<string, readonly string[]>> = {
  page_token: PAGED,
  cursor: PAGED,
  next_link: PAGED,
  offset: PAGED,
  numbered: ['page', 'limit', 'has_next', 'has_prev'],
}

/** What the published catalogue says under "Paging" about the `meta` of a list. */
function pagingFaults(meta: object | null, published: PublishedAction | undefined): string[] {
  if (!published) return []
  const { kind } = published.paging
  const missing = (META[kind] ?? []).filter((name) => !Object.hasOwn(meta ?? {}, name))
  if (missing.length > 0) return [`meta lacks ${missing.join(', ')}, which paging by ${kind} has`]
  return kind === 'none' && meta && 'has_next' in meta ? ['meta has has_next, and there are no pages'] : []
}

/** What an action does to data follows from the methods by which it does it. */
function effectFaults({ effect }: Action, methods: ReadonlySet<string>): string[] {
  const writes = [...methods].filter((method) => method !== 'GET' && method !== 'HEAD')
  if (effect === 'read') return writes.map((method) => `the effect is read, and ${method} left`)
  return methods.size > 0 && writes.length === 0 ? [`the effect is ${effect}, and nothing left that writes`] : []
}

/** The addresses of the vendor, where the credential belongs; any other address came out of an answer. */
function isVendors(connector: Connector, { origin }: URL): boolean {
  return [connector.baseUrl, ...Object.values(hostsOf(connector))].some(
    (address) => address && new URL(address).origin === origin,
  )
}

function credentialFaults(connector: Connector, { url, headers }: SeenRequest): string[] {
  const credential = Object.values(credentialOf(connector, { accessToken: TOKEN }))
  const carried = JSON.stringify(headers)
  const isCarried = credential.some((value) => carried.includes(JSON.stringify(value).slice(1, -1)))
  const isKnown = isVendors(connector, url)
  return [
    ...(url.href.includes(TOKEN) ? ['the token stands in the address'] : []),
    ...(credential.length > 0 && isKnown && !isCarried ? ['the credential is missing'] : []),
    ...(!isKnown && (isCarried || carried.includes(TOKEN)) ? ['the credential goes to another place'] : []),
  ]
}
