import type { Json } from '../../base/json.js'
import type { Call } from '../call.js'
import type { RunResult } from '../result.js'
import type { Body, Method, Query, Upstream, UpstreamRequest } from '../upstream/upstream.js'
import type { AnswerForm } from './answers.js'
import { assembled, placeOf } from './place.js'
import { type PathTemplate, pathTemplate } from './template.js'

/** How the parameters of an action become its request, where that does not follow from the request's line. */
export interface RequestOptions {
  /** Parameters that go into the query, though the request has a body. */
  query?: readonly string[]
  /**
   * Names that the dialect would not make, by parameter: `{ query: 'q' }`, and in a body also places: `{ parent_folder_id:
   * 'parents[0]' }`.
   */
  rename?: Readonly<Record<string, string>>
  /** Parameters that are not sent. */
  unsent?: readonly string[]
  /** What every request has in addition, in its body, or without one in its query. */
  adds?: Readonly<Record<string, Json>>
  /** What a request with a body has in its query in addition. */
  addsToQuery?: Readonly<Record<string, Json>>
  /** Parameters that follow from others, where the caller did not give them. */
  complete?: (input: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** Beginnings of the path of which the first counts whose parameters are all given: `{ drive: ['drives/{drive_id}', 'me/drive'] }`. */
  choose?: Readonly<Record<string, readonly string[]>>
  headers?: Readonly<Record<string, string>>
  /** How the answer becomes the result; the whole answer by default. */
  answer?: AnswerForm
  /** The status by which the third party says that it still computes the answer. */
  poll?: number
  /** False where the vendor cannot be asked for some members only. */
  select?: boolean
}

/** A request as data. An action may have one instead of a function; tests, dry runs and documentation read it. */
export interface RequestPlan<Names extends string = string> {
  /** As written: `POST /files/{file_id}/permissions`. */
  readonly line: string
  readonly method: Method
  /** The name of one of the connector's further hosts, or undefined. */
  readonly host: string | undefined
  /** The path with its placeholders. */
  readonly path: string
  /** The parameters named in the line and the options. Their names are checked when the connector's module loads. */
  readonly needs: readonly Names[]
  /** The request for an input, in our names. @throws INVALID_PARAMETERS for a value that does not fit into the path */
  build(input: Readonly<Record<string, unknown>>, call?: Pick<Call, 'fields'>): UpstreamRequest
  /** Sends it, and makes the result of the answer. */
  run(upstream: Upstream, input: Readonly<Record<string, unknown>>, call: Call): Promise<RunResult>
}

type Placeholders<Line extends string> = Line extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `+${infer Several}` ? Several : Name) | Placeholders<Rest>
  : never

const LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (?:([a-z][a-z0-9_]*):)?(\/\S*)$/
const HAS_BODY = new Set<Method>(['POST', 'PUT', 'PATCH'])

/**
 * The request of an action as data: what is in the path goes there, everything else into the body of POST, PUT and PATCH and
 * into the query of other methods. Parameters that were left out are not sent.
 * @param line method, perhaps a host of the connector, and path: `GET /files/{id}`, `POST upload:/files`. `{id}` is one
 * segment, `{+name}` several, `'{q}'` a literal of OData; each value is encoded so that it stays in its place
 * @throws Error for a line that cannot be read
 */
export function request<const Line extends string, const Options extends RequestOptions = RequestOptions>(
  line: Line,
  options?: Options,
): RequestPlan<Exclude<Placeholders<Line>, keyof Options['choose']>> {
  const [, method, host, path = ''] = LINE.exec(line) ?? []
  if (method === undefined) throw new Error(`"${line}" is not a method and a path, such as "GET /files/{id}".`)
  return new Plan({ line, method: method as Method, host, path }, options ?? {})
}

interface Line {
  line: string
  method: Method
  host: string | undefined
  path: string
}

class Plan<Names extends string> implements RequestPlan<Names> {
  readonly line: string
  readonly method: Method
  readonly host: string | undefined
  readonly path: string
  readonly needs: readonly Names[]
  readonly #options: RequestOptions
  readonly #hasBody: boolean
  /** The possible paths; the last one is taken where no other fits. */
  readonly #templates: readonly PathTemplate[]
  /** What goes neither into a query nor into a body, for each of the paths. */
  readonly #left: ReadonlyMap<PathTemplate, ReadonlySet<string>>

  constructor({ line, method, host, path }: Line, options: RequestOptions) {
    this.line = line
    this.method = method
    this.host = host
    this.path = path
    this.#options = options
    this.#templates = expanded(path, Object.entries(options.choose ?? {})).map(pathTemplate)
    const { query = [], unsent = [], rename = {}, answer } = options
    const elsewhere = [...unsent, ...(answer?.reads ?? [])]
    const inPaths = this.#templates.flatMap(({ names }) => names)
    this.needs = [...new Set([...inPaths, ...query, ...elsewhere, ...Object.keys(rename)])] as Names[]
    this.#hasBody = HAS_BODY.has(method)
    this.#left = new Map(this.#templates.map((template) => [template, new Set([...template.names, ...elsewhere])]))
    for (const place of Object.values(rename)) if (this.#hasBody) placeOf(place)
  }

  build(given: Readonly<Record<string, unknown>>, call?: Pick<Call, 'fields'>): UpstreamRequest {
    const { complete, adds = {}, addsToQuery = {}, headers, answer, select = true, poll } = this.#options
    const input = { ...complete?.(given), ...present(given) }
    const template = this.#templates.find(({ names }) => names.every((name) => name in input)) ?? this.#last()
    const [inQuery, inBody] = this.#divided(input, template)
    const body = this.#hasBody ? bodyOf({ ...adds, ...inBody }) : undefined
    return {
      method: this.method,
      host: this.host,
      path: template.fill(input),
      query: { ...(this.#hasBody ? addsToQuery : adds), ...inQuery } as Query,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
      ...(select && call ? { select: { fields: call.fields, ...answer?.selects } } : {}),
      ...(poll === undefined ? {} : { poll }),
    }
  }

  run(upstream: Upstream, input: Readonly<Record<string, unknown>>, call: Call): Promise<RunResult> {
    const asked = this.build(input, call)
    const { answer } = this.#options
    return answer
      ? answer.run({ upstream, request: asked, input, call })
      : upstream.send(asked).then(({ json }) => json)
  }

  /** What goes into the query and what into the body, under the names there. */
  #divided(input: Readonly<Record<string, unknown>>, template: PathTemplate): [Placed, Placed] {
    const { query = [], rename = {} } = this.#options
    const left = this.#left.get(template)
    const [inQuery, inBody]: [Placed, Placed] = [{}, {}]
    for (const [name, value] of Object.entries(input)) {
      if (left?.has(name)) continue
      const isQuery = !this.#hasBody || query.includes(name)
      const placed = isQuery ? inQuery : inBody
      placed[rename[name] ?? name] = value as Json
    }
    return [inQuery, inBody]
  }

  #last(): PathTemplate {
    const last = this.#templates.at(-1)
    if (last === undefined) throw new Error(`The request ${this.line} has no path.`)
    return last
  }
}

type Placed = Record<string, Json>

/** Undefined for a body without members. */
function bodyOf(members: Placed): Body | undefined {
  const placed = Object.entries(members)
  if (placed.length === 0) return undefined
  return assembled(placed.map(([name, value]) => [placeOf(name), value])) as Body
}

/** Without what was left out. */
const present = (input: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null))

/** Every path that the alternatives make, in their order. */
function expanded(path: string, choices: readonly (readonly [string, readonly string[]])[]): string[] {
  const [choice, ...others] = choices
  if (choice === undefined) return [path]
  const [name, alternatives] = choice
  return alternatives.flatMap((alternative) => expanded(path.replaceAll(`{${name}}`, alternative), others))
}
