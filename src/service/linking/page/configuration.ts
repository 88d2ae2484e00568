import { ConnectorsError } from '../../../base/errors.js'
import { uuid } from '../../../base/random.js'
import { hashSecret } from '../../../crypto/index.js'
import { type CustomAuth, configurationFields, configurationOf, formTextsOf, shownValues } from '../../../kit/index.js'
import { accountName } from '../../accounts/account-name.js'
import type { Trial } from '../../accounts/trial.js'
import type { LinkDeps } from '../deps.js'
import { finishLink } from '../finish.js'
import { type DraftReplacement, type Link, type LinkDraft, type LinkResult, linkUnknown } from '../link.js'
import { canBeNamed, type Decision, mustAskForAccess, withDecision } from './access-choice.js'
import type { Visitor } from './browser-session.js'
import type { FormSender, LinkWithPage, PageVisits } from './visits.js'

/** Linking by what a person fills in on the page of a link. */
export class PageConfiguration {
  readonly #deps: LinkDeps
  readonly #visits: PageVisits

  constructor(deps: LinkDeps, visits: PageVisits) {
    this.#deps = deps
    this.#visits = visits
  }

  /**
   * @returns undefined where the person must decide first: whether anything may be changed through the account, or whether it
   * may replace another one
   */
  async configure(sender: FormSender, filled: ReadonlyMap<string, string>): Promise<LinkResult | undefined> {
    const { accounts, catalogue } = this.#deps
    const link = await this.#visits.openProven(sender)
    const connector = await catalogue.get(link.connector)
    const { custom } = connector.auth
    const configuration = custom ? configurationFrom(custom, filled) : {}
    const trial = await accounts.tryConfiguration(link.caller, connector, configuration, true)
    this.#visits.assertSameBrowser(await this.#stillPending(link.id), sender.visitor)
    const inPlaceOf = await this.#replacement(link, trial)
    if (!inPlaceOf && !mustAskForAccess(custom, configuration, trial.account)) return this.#finish(link, sender, trial)
    // Of several concurrent submissions the first one is kept.
    return this.#ask(link, sender, { id: uuid(), configuration, account: trial.account, inPlaceOf })
  }

  /** @returns undefined where a different account now has that name, so that the person must decide again */
  async decide(sender: FormSender, decision: Decision): Promise<LinkResult | undefined> {
    const { accounts, catalogue } = this.#deps
    const { draftId, name } = decision
    const link = await this.#visits.openProven(sender)
    const draft = draftOf(link, draftId)
    const connector = await catalogue.get(link.connector)
    if (decision.readOnly === undefined && mustAskForAccess(connector.auth.custom, draft.configuration, draft.account))
      throw undecided()
    const configuration = withDecision(connector.auth.custom, draft.configuration, decision)
    const trial = await accounts.tryConfiguration(link.caller, connector, configuration, true)
    const now = await this.#stillPending(link.id)
    draftOf(now, draftId)
    const inPlaceOf = await this.#replacement(link, trial)
    const agreed = name === undefined ? draft.inPlaceOf : undefined
    if (inPlaceOf && !isAsShown(inPlaceOf, agreed))
      return this.#ask(now, sender, { id: uuid(), configuration, account: trial.account, inPlaceOf })
    return this.#finish(link, sender, trial, agreed)
  }

  /** The account that would be replaced, if the person must decide about that. */
  async #replacement(link: Link, trial: Trial): Promise<DraftReplacement | undefined> {
    const { accounts } = this.#deps
    const standing = await accounts.standing(trial)
    if (!standing || standing.change === 'refresh' || link.replaceDuplicate === false) return undefined
    const { row, change, title, target, readOnly } = standing
    const { connector, caller, account } = trial
    const named = canBeNamed(connector.auth.custom) ? await accounts.listOfConnector(caller, connector.name) : undefined
    const taken = named && new Set(named.map(({ userIdentifier }) => userIdentifier))
    const freeName = taken && freeBeside(account.title ?? account.identifier, taken)
    return { id: row.id, version: row.version, change, title, target, readOnly, freeName }
  }

  /** Keeps what the person must decide on. */
  async #ask(link: LinkWithPage, { visitor }: FormSender, draft: LinkDraft): Promise<undefined> {
    await this.#deps.links.keep(link, { draft }, hashSecret(visitor.browser))
  }

  /** @param over what the person agreed to replace */
  async #finish(
    link: LinkWithPage,
    { visitor }: FormSender,
    trial: Trial,
    over?: DraftReplacement,
  ): Promise<LinkResult> {
    // A person is asked here, whatever the link was begun with.
    const replace = link.replaceDuplicate === false ? false : over ? { over } : 'same'
    return finishLink(this.#deps, await this.#claim(link, visitor), trial, replace)
  }

  /** Forgets a configuration that waits for a decision, except for what the form may show of it. */
  async correct(sender: FormSender): Promise<void> {
    const { catalogue, links } = this.#deps
    const link = await this.#visits.openProven(sender)
    if (link.kind !== 'page' || !link.draft) return
    const { custom } = (await catalogue.get(link.connector)).auth
    const filled = formTextsOf(link.draft.configuration)
    await links.drop(link, custom && { by: 'person', ...shownValues(configurationFields(custom), filled) })
  }

  /** From here on a failure ends the link; before that, the person can correct what was filled in. */
  async #claim(link: LinkWithPage, visitor: Visitor): Promise<Link> {
    const claimed = await this.#deps.links.claim(link)
    if (!claimed) throw linkUnknown()
    return { ...claimed, browser: hashSecret(visitor.browser) }
  }

  /** Reads the link again after a trial, which takes some time. @throws LINK_EXPIRED */
  async #stillPending(linkId: string): Promise<LinkWithPage> {
    const now = await this.#visits.find(linkId)
    if (now?.row.status !== 'pending') throw linkUnknown()
    return now
  }
}

function configurationFrom(custom: CustomAuth, filled: ReadonlyMap<string, string>): Record<string, unknown> {
  const configuration = configurationOf(configurationFields(custom), filled)
  return custom.fromForm ? custom.fromForm(configuration) : configuration
}

/** @throws LINK_FAILED if this is not the draft that the person saw */
function draftOf(link: LinkWithPage, id: string): LinkDraft {
  if (link.kind === 'page' && link.draft?.id === id) return link.draft
  throw new ConnectorsError(
    'LINK_FAILED',
    'What you decided on was changed or withdrawn meanwhile, so nothing was linked. Look at what is shown now.',
  )
}

const undecided = (): ConnectorsError =>
  new ConnectorsError('LINK_FAILED', 'Choose whether your agent may change something there. Nothing is linked yet.')

/** Whether this is the account that the person agreed to replace, unchanged since. */
const isAsShown = (now: DraftReplacement, agreed: DraftReplacement | undefined): boolean =>
  agreed !== undefined && agreed.id === now.id && agreed.version === now.version && agreed.change === now.change

/** A similar name that no account has. */
function freeBeside(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number++) {
    const free = `${name}-${number}`
    if (!taken.has(accountName(free))) return free
  }
}
