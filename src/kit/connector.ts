import type { z } from 'zod'
import type { OAuthProvider } from '../oauth/provider.js'
import type { Action } from './action.js'
import type { Dialect } from './dialect/dialect.js'
import type { FailureRule, Notices } from './upstream/failures.js'
import type { Upstream } from './upstream/upstream.js'

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

/** How fast a vendor lets itself be asked, where it limits all programs of an operator together. */
export interface Pace {
  /** One request at a time, and each at least so long after the end of the one before. Milliseconds. */
  everyMs: number
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
  /** Further places of its API, by name: `upload`. The operator can configure another place for each. */
  hosts?: Readonly<Record<string, string>>
  /** Header fields of every request, without those of the credential. */
  headers?: Readonly<Record<string, string>>
  /**
   * The pace that the vendor asks for, at all of its hosts together. Requests wait for their turn, up to 20 seconds, also for those
   * of other processes on the same store; what would wait longer is refused as RATE_LIMITED.
   */
  pace?: Pace
  authorize?: Authorize
  /** How the vendor writes names, lists and bodies; as we do by default. */
  dialect?: Dialect
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

/** The setting of a host is called by its name, which must not be that of another address. */
const HOST_NAME = /^(?!(?:api|authorization|token|device|revocation)$)[a-z][a-z0-9_]*$/

/** Defines a connector: its name and description, how accounts are linked, and its actions. */
export function defineConnector<Port = Upstream>(facts: ConnectorFacts<Port>): Connector {
  const byName = new Map(facts.actions.map((action) => [action.name, action]))
  if (byName.size !== facts.actions.length) throw new Error(`Two actions of connector "${facts.name}" share a name.`)
  for (const host of Object.keys(facts.hosts ?? {})) {
    if (!HOST_NAME.test(host)) throw new Error(`A host of connector "${facts.name}" cannot be called "${host}".`)
  }
  const { account, ...rest } = facts
  const every = facts.pace?.everyMs ?? 1
  if (!Number.isSafeInteger(every) || every < 1)
    throw new Error(`The pace of connector "${facts.name}" is not a number of milliseconds.`)
  return {
    categories: [],
    ...rest,
    byName,
    ...(account ? { account: (upstream, configuration) => account(upstream as Port, configuration) } : {}),
  }
}
