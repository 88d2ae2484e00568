import {
  type ConfigurationField,
  type Connector,
  type CredentialPage,
  configurationFields,
} from '../../../kit/index.js'
import type { ServerVersion } from '../../accounts/trial.js'
import type { LinkDeps } from '../deps.js'
import {
  type ConnectPageLink,
  type FormValues,
  type Link,
  type LinkProgress,
  type LinkResult,
  resultOf,
} from '../link.js'
import { linkMethods } from '../methods.js'
import { missingScopes } from '../missing-scopes.js'
import { FAILURE_SENTENCES } from '../sealed-link.js'
import { choiceOf, type LinkChoice } from './access-choice.js'
import type { Visitor } from './browser-session.js'
import { type Confirmation, confirmationOf } from './confirmation.js'
import { isBrowserOf, type LinkWithPage, type PageVisits, type PersonProof } from './visits.js'

/** How an account is linked by a form. */
export interface PageForm {
  fields: ConfigurationField[]
  help: string | undefined
  /** Web pages where the person creates the credential. */
  pages: readonly CredentialPage[]
  /** What is already filled in. */
  form: FormValues | undefined
}

/** What the page of a pending link shows. */
export interface PendingLinkView {
  phase: 'pending'
  id: string
  connector: Pick<Connector, 'name' | 'title' | 'description'>
  /** Whose account it becomes, and whose client began the link. */
  owner: { identifier: string; client: string }
  /** Undefined where the agent shows none because the person was sent to the third party at once. */
  code: string | undefined
  /** Milliseconds since the epoch. */
  begunAt: number
  expiresAt: number
  now: number
  proof: PersonProof
  oauth2: { scopes: readonly string[] } | undefined
  /** Why the connector's OAuth 2 cannot be used here, where it has OAuth 2; undefined where it can. */
  oauthMissing: 'not set up' | 'needs https' | undefined
  custom: PageForm | undefined
  /** What the person is asked before the filled-in configuration is stored; only in the browser where it was filled in. */
  choice: LinkChoice | undefined
  /** What the person is asked while an answer from the third party waits for a confirmation. */
  confirmation: Confirmation | undefined
  /** The token that a form must send back. */
  formToken: string
}

/** What the page of a finished link shows. */
export interface FinishedLinkView {
  phase: Exclude<LinkProgress['phase'], 'pending'>
  connector: Pick<Connector, 'name' | 'title'>
  /** Only for the browser that ended it: what people call the account, what happened, what a third party said. */
  account: string | undefined
  replaced: boolean
  /** The account that it replaced; see `StoredAccount`. */
  replacedAccount: string | null
  selected: boolean
  server: ServerVersion | undefined
  readOnly: boolean | undefined
  /** What the person left out of what was asked for; null where nothing is missing. */
  missingScopes: readonly string[] | null
  message: string | undefined
  upstream: unknown
  /** The callback URL of the application that began the link, and the outcome that it receives. */
  onward: LinkResult | undefined
}

/** Decides what the page of a link shows to a browser. */
export class PageViews {
  readonly #deps: LinkDeps
  readonly #visits: PageVisits

  constructor(deps: LinkDeps, visits: PageVisits) {
    this.#deps = deps
    this.#visits = visits
  }

  async view(linkId: string, visitor: Visitor): Promise<PendingLinkView | FinishedLinkView | undefined> {
    const link = await this.#visits.find(linkId)
    const isOwn = link !== undefined && this.#visits.isOwn(link, visitor)
    // A link that goes to the third party at once has a page only in the browser that brought its answer.
    if (!link || (link.kind === 'direct' && !isOwn)) return undefined
    const connector = await this.#deps.catalogue.get(link.connector)
    const { phase } = link.state
    if (phase === 'pending') return this.#pending(link, connector, visitor)
    if (phase === 'expired') await this.#deps.links.drop(link)
    const { name, title } = connector
    const shown = isOwn ? await this.#ended(link) : ended(link)
    return { phase, connector: { name, title }, ...shown }
  }

  async #pending(link: LinkWithPage, connector: Connector, visitor: Visitor): Promise<PendingLinkView> {
    const { store, endpointsOf, proofs, clock } = this.#deps
    const endpoints = endpointsOf(connector)
    const { oauth2, problem, needsHttps, custom } = linkMethods(connector, endpoints, this.#deps)
    const baseUrl = endpoints.baseUrl ?? connector.baseUrl
    const client = await store.clients.find(link.caller.clientId)
    const { name, title, description } = connector
    const proof = this.#visits.proofOf(link, visitor)
    const { draft, form } = link.kind === 'page' && proof === 'given' ? link : NOTHING
    const isSame = isBrowserOf(link, visitor)
    return {
      phase: 'pending',
      id: link.id,
      connector: { name, title, description },
      owner: { identifier: link.caller.identifier, client: client?.name ?? '' },
      code: link.kind === 'page' ? link.code : undefined,
      begunAt: link.createdAt,
      expiresAt: link.expiresAt,
      now: clock(),
      proof,
      oauth2: oauth2 && { scopes: oauth2.provider.scopes },
      oauthMissing: problem && (needsHttps ? 'needs https' : 'not set up'),
      choice: isSame && draft ? choiceOf(draft, custom) : undefined,
      custom: custom && {
        fields: configurationFields(custom),
        help: custom.help,
        pages: baseUrl === undefined ? [] : (custom.pages?.(baseUrl) ?? []),
        form: isSame || form?.by === 'agent' ? form : undefined,
      },
      confirmation: confirmationOf(link),
      formToken: proofs.formToken(visitor.browser, link.id),
    }
  }

  async #ended(link: Link): Promise<Omit<FinishedLinkView, 'phase' | 'connector'>> {
    const { state, caller, connector } = link
    const onward = link.callbackUrl === null ? undefined : resultOf(link)
    if (state.phase === 'failed') {
      const { message, upstream } = state
      return { ...ended(link), message, upstream, onward }
    }
    if (state.phase !== 'linked') return { ...ended(link), onward }
    const { userIdentifier, replaced = false, replacedAccount = null, server, readOnly } = state
    const row = await this.#deps.store.integrations.find(caller.userId, connector, userIdentifier)
    const { title, selected = false } = row ?? {}
    const account = title ?? userIdentifier
    const missing = await missingScopes(this.#deps, link, row)
    const found = { server, readOnly, missingScopes: missing }
    return { ...ended(link), account, replaced, replacedAccount, selected, ...found, onward }
  }
}

const NOTHING: Pick<ConnectPageLink, 'draft' | 'form'> = {}

/** What any browser may see. */
const ended = ({ state }: Link): Omit<FinishedLinkView, 'phase' | 'connector'> => ({
  account: undefined,
  replaced: false,
  replacedAccount: null,
  selected: false,
  server: undefined,
  readOnly: undefined,
  missingScopes: null,
  message: state.phase === 'failed' ? FAILURE_SENTENCES[state.error] : undefined,
  upstream: undefined,
  onward: undefined,
})
