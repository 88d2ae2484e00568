import { z } from 'zod'
import { didYouMean } from '../base/close-names.js'
import { invalidParameters } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { once } from '../base/once.js'
import { cleanPastedToken } from '../base/pasted-token.js'
import { issueMessage } from '../base/zod-issue.js'
import type { OAuthProvider } from '../oauth/provider.js'
import { type InputForms, inputForms } from '../wire/schema-forms.js'
import { refuseLargeShaping, responseShaping, type Shaping, shape } from '../wire/shaping.js'
import type { FailureRule, Notices } from './failures.js'
import { FAULT_LIMIT, FAULT_NAME_LIMIT } from './limits.js'
import { type RunResult, type ShapedResult, toEnvelope } from './result.js'
import type { Upstream } from './upstream.js'

/** What an action does to the third party's data. */
export type Effect = 'read' | 'create' | 'update' | 'delete'

/** What an action may know about the call, in addition to its input. Never a token, a tenant or a status code. */
export interface Call {
  /** The account the caller named, or null for the default. */
  identifier: string | null
  /** An opaque text, the same for every call of one user. */
  caller: string
  /** Aborts when the caller disconnects or the time is up. */
  signal: AbortSignal
}

interface ActionFacts {
  /** As in the path: `list_issues`. */
  name: string
  /** What it does and what an agent must know to use it well. */
  description: string
  /** Requests in a person's words, for the search. */
  examples?: readonly string[]
  effect: Effect
  /** Scopes it needs beyond the connector's own. */
  scopes?: readonly string[]
  /** False where `response_fields` and `response_filters` make no sense. True by default. */
  shaping?: boolean
}

/** An action after its types are erased, so that a list of them needs no casts. */
export interface Action {
  readonly name: string
  readonly description: string
  readonly examples: readonly string[]
  readonly effect: Effect
  readonly scopes: readonly string[]
  readonly shaping: boolean
  /** The JSON Schemas of its input, made on first use. */
  forms(): InputForms
  /**
   * Parses the raw input before the account is looked up; the returned function runs the action and shapes the result.
   * @throws INVALID_PARAMETERS
   */
  prepare(raw: unknown): PreparedAction
}

/** An action with its input, checked: it only has to be called. */
export type PreparedAction = (upstream: unknown, call: Call) => Promise<ShapedResult>

type Parsed<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields, z.core.$strict>>

/**
 * Defines an action: name, description, effect, input, run.
 * @param facts `input` holds one zod schema per parameter; `run` gets the upstream and the parsed input
 */
export function defineAction<Fields extends z.ZodRawShape, Port = Upstream>(
  facts: ActionFacts & {
    input: Fields
    run: (upstream: Port, input: Parsed<Fields>, call: Call) => Promise<RunResult>
  },
): Action {
  const shaping = facts.shaping ?? true
  const own = z.strictObject(facts.input)
  const whole = shaping ? z.strictObject({ ...facts.input, ...responseShaping }) : own
  const forms = once(() => inputForms(facts.name, whole))
  return {
    name: facts.name,
    description: facts.description,
    examples: facts.examples ?? [],
    effect: facts.effect,
    scopes: facts.scopes ?? [],
    shaping,
    forms,
    prepare(raw) {
      if (shaping) refuseLargeShaping(raw)
      const parsed: Record<string, unknown> = parseInput(whole, raw)
      const { response_filters, response_fields, ...input } = shaping
        ? (parsed as Record<string, unknown> & Shaping)
        : { ...parsed, response_filters: null, response_fields: null }
      return async (upstream, call) => {
        // `parsed` came out of `whole`, which is `own` and the two shaping fields.
        const output = await facts.run(upstream as Port, input as Parsed<Fields>, call)
        const result = toEnvelope(output, (upstream as Partial<Upstream> | undefined)?.notices)
        return 'data' in result
          ? { ...result, data: shape(result.data, { response_filters, response_fields }) }
          : result
      }
    },
  }
}

/** @throws INVALID_PARAMETERS with one entry per fault, and the names that exist where one is unknown */
export function parseInput<Schema extends z.ZodObject>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = schema.safeParse(withoutNulls(schema, raw))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, FAULT_LIMIT).map((key) => ({
          field: shortName([...issue.path, key]),
          message: `is not a parameter of this action${didYouMean(key, Object.keys(schema.shape))}`,
        }))
      : [{ field: shortName(issue.path) || '(the whole input)', message: issueMessage(issue) }],
  )
  const unknown = parsed.error.issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0)
  const known = Object.keys(schema.shape).join(', ')
  throw invalidParameters(
    `The parameters do not fit: ${errors
      .slice(0, 3)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; ')}.${unknown ? ` The action takes ${known || 'no parameters'}.` : ''}`,
    errors.slice(0, FAULT_LIMIT),
  )
}

/** A dotted path, any part of which may have been invented by the sender. */
const shortName = (path: readonly PropertyKey[]): string => {
  const name = path.map(String).join('.')
  return name.length > FAULT_NAME_LIMIT ? `${name.slice(0, FAULT_NAME_LIMIT)}…` : name
}

/** An optional parameter that is null counts as left out: the published schemas offer null everywhere. */
function withoutNulls(schema: z.ZodObject, raw: unknown): unknown {
  if (!isPlainObject(raw) || !Object.values(raw).includes(null)) return raw
  const isLeftOut = ([name, value]: [string, unknown]): boolean => {
    const field = value === null && Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined
    return field !== undefined && !field.safeParse(null).success && field.safeParse(undefined).success
  }
  return Object.fromEntries(Object.entries(raw).filter((entry) => !isLeftOut(entry)))
}

/** Whose account it is, according to the third party itself. */
export interface Account {
  /** What the account is called from now on: a login, an e-mail address. */
  identifier: string
  /** The third party's own id of the account, where a name can pass from one account to another. */
  id?: string
  /** What the credential may do, where the third party says. */
  scopes?: readonly string[]
  /** The server that answered, where a person can make use of that: `{ name: 'PostgreSQL', version: '17.5' }`. */
  server?: { name: string; version: string }
  /**
   * True when nothing can be changed through the account, by its rights or because the third party is asked to refuse
   * changes.
   */
  readOnly?: boolean
}

/** What a person decides when linking a credential that can change something. */
export interface ReadOnlyChoice {
  /** The boolean field of the configuration that makes the third party refuse every change. */
  field: string
  /** What the scopes of an account mean, in the words of a person; those left out are shown as they are. */
  meanings?: Readonly<Record<string, string>>
  /** What a scope allows in spite of the field: a sentence each. */
  despite?: Readonly<Record<string, string>>
  /** Whether a configuration says so in another way than by the field. */
  isSetOtherwise?: (configuration: Record<string, unknown>) => boolean
}

/** A web link on our link page, opened in another tab. */
export interface CredentialPage {
  label: string
  href: string
}

/** Linking by a configuration: the fields a person fills in. */
export interface CustomAuth {
  /** One zod schema per field. Mark what must not be seen with `secretField()`. */
  fields: z.ZodRawShape
  /** Where a person gets such a credential, and what to watch out for. */
  help?: string
  /** Pages of the third party on which a person makes such a credential. @param baseUrl where its API is */
  pages?: (baseUrl: string) => readonly CredentialPage[]
  /** Turns what a person filled in on our page into a configuration, with defaults for what was left out. */
  fromForm?: (filled: Record<string, unknown>) => Record<string, unknown>
  /**
   * How the third party is made to refuse every change. A person who links a credential that can change something is asked on
   * the page.
   */
  readOnly?: ReadOnlyChoice
  /** Texts in a configuration that must never be seen, in addition to the marked fields. */
  secrets?: (configuration: Record<string, unknown>) => string[]
  /**
   * Where a configuration leads and who logs in there, without anything secret; the same for two configurations of one account.
   * For connectors whose accounts a person names: this distinguishes a new credential of an account from another account.
   * @returns the parts, empty ones where the configuration leaves them open; undefined where the configuration cannot be read
   */
  target?: (configuration: Record<string, unknown>) => readonly string[] | undefined
}

/** How accounts of a connector are linked; both methods are equal. Neither: no account is needed. */
export interface ConnectorAuth {
  oauth2?: OAuthProvider
  custom?: CustomAuth
}

/** Header fields that carry a credential to the third party. */
export type Authorize = (credential: {
  accessToken: string | null
  configuration: Record<string, unknown>
}) => Record<string, string>

/** A grant to be ended, and the OAuth client it was given to. */
export interface Grant {
  accessToken: string
  clientId: string
  clientSecret: string
}

export interface ConnectorFacts<Port> {
  /** As in the path: `github`. */
  name: string
  title: string
  /** One line: what a person can do with it. */
  description: string
  categories?: readonly string[]
  auth: ConnectorAuth
  actions: readonly Action[]
  /** What its actions talk to. */
  port: 'http' | 'database' | 'none'
  /** Where the third party's API is, unless the operator configured another place. Needed by port `http`. */
  baseUrl?: string
  /** Header fields of every request, without those of the credential. */
  headers?: Readonly<Record<string, string>>
  authorize?: Authorize
  /** How the vendor reports failures, where the status alone does not say enough; the first matching row counts. */
  failures?: readonly FailureRule[]
  /** What the vendor's header fields say about an answer, for example that results are partial. */
  notices?: Notices
  /** Asks the third party who the credential belongs to; this is also the trial before a link is stored. */
  account?: (upstream: Port, configuration: Record<string, unknown>) => Promise<Account>
  /**
   * The vendor's own way to end a grant, for vendors without a standard endpoint (RFC 7009). `as` returns the third party
   * bound to the header fields of a credential: some vendors want the OAuth client's (`basic`), some the token itself
   * (`bearer`).
   */
  revoke?: (as: (authorization: Record<string, string>) => Upstream, grant: Grant) => Promise<void>
}

export type Connector = Required<Pick<ConnectorFacts<unknown>, 'categories'>> &
  Omit<ConnectorFacts<unknown>, 'account' | 'categories'> & {
    readonly byName: ReadonlyMap<string, Action>
    account?: (upstream: unknown, configuration: Record<string, unknown>) => Promise<Account>
  }

/** Defines a connector: its name and description, how accounts are linked, and its actions. */
export function defineConnector<Port = Upstream>(facts: ConnectorFacts<Port>): Connector {
  const byName = new Map(facts.actions.map((action) => [action.name, action]))
  if (byName.size !== facts.actions.length) throw new Error(`Two actions of connector "${facts.name}" share a name.`)
  const { account, ...rest } = facts
  return {
    categories: [],
    ...rest,
    byName,
    ...(account ? { account: (upstream, configuration) => account(upstream as Port, configuration) } : {}),
  }
}

/** A configuration field whose value must never be shown. */
export const secretField = (description: string) => z.string().min(1).describe(description).meta({ secret: true })

/** Printable ASCII without spaces: what fits into a header field. */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * As `secretField`, for a token that a person pastes: what gets copied along with it (spaces, quotation marks, `Bearer`) is
 * removed.
 */
export const tokenField = (description: string) =>
  z
    .string()
    .transform(cleanPastedToken)
    .pipe(z.string().regex(TOKEN, 'is empty or contains a character that is not allowed in a token; copy it again'))
    .meta({ description, secret: true })

/** The values of a configuration that must never be seen. */
export function secretsOf(auth: CustomAuth, configuration: Record<string, unknown>): string[] {
  const marked = Object.entries(auth.fields).flatMap(([name, field]) => {
    const meta = z.globalRegistry.get(field as z.ZodType) as { secret?: boolean } | undefined
    const value = configuration[name]
    return meta?.secret && typeof value === 'string' ? [value] : []
  })
  return [...marked, ...(auth.secrets?.(configuration) ?? [])].filter((text) => !SCHEME.test(text))
}

/** The scheme of a URL alone is not a secret, and appears in sentences that say how a URL is written. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/{2,3}$/i
