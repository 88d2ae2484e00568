import { ConnectorsError } from '../../../base/errors.js'
import { uuid } from '../../../base/random.js'
import { hashSecret } from '../../../crypto/index.js'
import { type CustomAuth, configurationFields, configurationOf, filledBy, shownValues } from '../../../kit/index.js'
import type { LinkDeps } from '../deps.js'
import { finishLink } from '../finish.js'
import { type Link, type LinkDraft, type LinkEnd, linkUnknown } from '../link.js'
import { mustAskForAccess, withDecision } from './access-choice.js'
import type { Visitor } from './browser-session.js'
import type { FormSender, LinkWithPage, PageVisits } from './visits.js'

/** What a person decided of a credential that can change something. */
export interface Decision {
  /** What the person was shown. */
  draftId: string
  readOnly: boolean
}

/** Linking by what a person fills in on the page of a link. */
export class PageConfiguration {
  readonly #deps: LinkDeps
  readonly #visits: PageVisits

  constructor(deps: LinkDeps, visits: PageVisits) {
    this.#deps = deps
    this.#visits = visits
  }

  /** @returns undefined where the person has to decide first whether anything may be changed through the account */
  async configure(sender: FormSender, filled: ReadonlyMap<string, string>): Promise<LinkEnd | undefined> {
    const { accounts, catalogue, links } = this.#deps
    const link = await this.#visits.openProven(sender)
    const connector = await catalogue.get(link.connector)
    const { custom } = connector.auth
    const configuration = custom ? configurationFrom(custom, filled) : {}
    const trial = await accounts.tryConfiguration(link.caller, connector, configuration)
    const { visitor } = sender
    const now = await this.#stillPending(link.id)
    this.#visits.assertSameBrowser(now, visitor)
    if (mustAskForAccess(custom, configuration, trial.account)) {
      const draft = { id: uuid(), configuration, account: trial.account }
      // Of several that are kept at once the first one stays.
      await links.keep(link, { draft }, hashSecret(visitor.browser))
      return undefined
    }
    return finishLink(this.#deps, await this.#claim(link, visitor), trial)
  }

  async decide(sender: FormSender, { draftId, readOnly }: Decision): Promise<LinkEnd> {
    const { accounts, catalogue } = this.#deps
    const link = await this.#visits.openProven(sender)
    const draft = draftOf(link, draftId)
    const connector = await catalogue.get(link.connector)
    const configuration = withDecision(connector.auth.custom, draft.configuration, readOnly)
    const trial = await accounts.tryConfiguration(link.caller, connector, configuration)
    draftOf(await this.#stillPending(link.id), draftId)
    return finishLink(this.#deps, await this.#claim(link, sender.visitor), trial)
  }

  /** Forgets a configuration that waits for a decision, but for what the form may show of it. */
  async correct(sender: FormSender): Promise<void> {
    const { catalogue, links } = this.#deps
    const link = await this.#visits.openProven(sender)
    if (link.kind !== 'page' || !link.draft) return
    const { custom } = (await catalogue.get(link.connector)).auth
    const filled = filledBy(link.draft.configuration)
    await links.drop(link, custom && { by: 'person', ...shownValues(configurationFields(custom), filled) })
  }

  /** From here on a failure ends the link; before, the person may correct what was filled in. */
  async #claim(link: LinkWithPage, visitor: Visitor): Promise<Link> {
    const claimed = await this.#deps.links.claim(link)
    if (!claimed) throw linkUnknown()
    return { ...claimed, browser: hashSecret(visitor.browser) }
  }

  /** The link as it is after a trial, which takes its time. @throws LINK_EXPIRED */
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

/** @throws LINK_FAILED for another draft than the one that the person saw */
function draftOf(link: LinkWithPage, id: string): LinkDraft {
  if (link.kind === 'page' && link.draft?.id === id) return link.draft
  throw new ConnectorsError(
    'LINK_FAILED',
    'What you decided on was changed or taken back meanwhile, so nothing was linked. Look at what is shown now.',
  )
}
