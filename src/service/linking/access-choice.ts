import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import type { CustomAuth } from '../../kit/index.js'
import type { LinkRow } from '../../store/store.js'
import type { TriedAccount } from '../accounts/trial.js'
import type { LinkDraft, LinkSecrets } from './link.js'
import { keepUndecided, type Records } from './undecided.js'

/** What a person decides before an account is stored: whether anything may be changed through it. */
export interface LinkChoice extends Pick<TriedAccount, 'identifier' | 'server'> {
  /** Sent back with the decision, so that what is decided is what was shown. */
  draftId: string
  /** What the credential can do, in a person's words; empty where that could not be found out. */
  abilities: string[]
  /** What being read-only would not stop: sentences. */
  despite: string[]
}

/** Stops a link before anything is stored, since the person is to be asked first. No error: nothing went wrong. */
export class ChoiceDue {
  readonly account: TriedAccount

  constructor(account: TriedAccount) {
    this.account = account
  }
}

/** @throws ChoiceDue where the credential can change something, or may be able to, and nobody said that it should not */
export function askWhereItCanWrite(
  custom: CustomAuth | undefined,
  configuration: Record<string, unknown>,
  account: TriedAccount,
): void {
  const field = custom?.readOnly?.field
  if (field !== undefined && configuration[field] !== true && account.readOnly !== true) throw new ChoiceDue(account)
}

/** @returns the configuration with the person's decision in it */
export const decided = (
  custom: CustomAuth | undefined,
  { configuration }: LinkDraft,
  readOnly: boolean,
): Record<string, unknown> => {
  const field = custom?.readOnly?.field
  return field === undefined ? configuration : { ...configuration, [field]: readOnly }
}

export function choiceOf({ id, account }: LinkDraft, custom: CustomAuth | undefined): LinkChoice {
  const { identifier, server, scopes = [] } = account
  const { meanings = {}, despite = {} } = custom?.readOnly ?? {}
  const [words, exceptions] = [new Map(Object.entries(meanings)), new Map(Object.entries(despite))]
  return {
    draftId: id,
    identifier,
    server,
    abilities: scopes.map((scope) => words.get(scope) ?? scope),
    despite: scopes.flatMap((scope) => exceptions.get(scope) ?? []),
  }
}

/** @throws LINK_FAILED unless it is the draft that the person saw */
export function draftOf({ draft }: LinkSecrets, id: string): LinkDraft {
  if (draft?.id === id) return draft
  throw new ConnectorsError(
    'LINK_FAILED',
    'What you decided on was changed or taken back meanwhile, so nothing was linked. Look at what is shown now.',
  )
}

/**
 * Keeps what a person filled in, sealed with the link, until the person has decided or the link ends. Of several that
 * are kept at once the first one stays.
 */
export async function keepDraft(
  records: Records,
  link: LinkRow,
  secrets: LinkSecrets,
  found: Omit<LinkDraft, 'id'>,
): Promise<void> {
  await keepUndecided(records, link, { ...secrets, draft: { id: uuid(), ...found } })
}
