import type { CustomAuth } from '../../../kit/index.js'
import type { TrialResult } from '../../accounts/trial.js'
import type { DraftReplacement, LinkDraft } from '../link.js'

/** What a person decides before an account is stored: whether anything may be changed through it, and what it may replace. */
export interface LinkChoice extends Pick<TrialResult, 'server'> {
  /** Sent back with the decision, to make sure that it is about what was shown. */
  draftId: string
  /** What people call the account. */
  title: string
  /** True where the person decides whether anything may be changed. */
  asksAccess: boolean
  /** The account that it would replace, where the person is asked about that. */
  inPlaceOf: DraftReplacement | undefined
  /** What the credential can do, in a person's words; empty where that is unknown. */
  abilities: string[]
  /** What is possible in spite of read-only access: sentences. */
  despite: string[]
}

/** True where the credential can or may change something, and the configuration does not forbid it. */
export function mustAskForAccess(
  custom: CustomAuth | undefined,
  configuration: Record<string, unknown>,
  account: TrialResult,
): boolean {
  const field = custom?.readOnly?.field
  return field !== undefined && configuration[field] !== true && account.readOnly !== true
}

/** What a person decided. */
export interface Decision {
  /** What the person was shown. */
  draftId: string
  /** Undefined where that was not asked. */
  readOnly: boolean | undefined
  /** Another name for the account; undefined keeps the one that was shown. */
  name: string | undefined
}

/** @returns the configuration with the person's decision in it */
export function withDecision(
  custom: CustomAuth | undefined,
  configuration: Record<string, unknown>,
  { readOnly, name }: Decision,
): Record<string, unknown> {
  const field = readOnly === undefined ? undefined : custom?.readOnly?.field
  return {
    ...configuration,
    ...(field === undefined ? {} : { [field]: readOnly }),
    ...(name === undefined ? {} : { [NAME_FIELD]: name }),
  }
}

/** The field of a configuration that names the account, where a connector has one. */
const NAME_FIELD = 'identifier'

export const canBeNamed = (custom: CustomAuth | undefined): boolean =>
  custom !== undefined && Object.hasOwn(custom.fields, NAME_FIELD)

export function choiceOf(draft: LinkDraft, custom: CustomAuth | undefined): LinkChoice {
  const { id, configuration, account, inPlaceOf } = draft
  const { identifier, title, server, scopes = [] } = account
  const { meanings = {}, despite = {} } = custom?.readOnly ?? {}
  const [words, exceptions] = [new Map(Object.entries(meanings)), new Map(Object.entries(despite))]
  return {
    draftId: id,
    title: title ?? identifier,
    asksAccess: mustAskForAccess(custom, configuration, account),
    inPlaceOf,
    server,
    abilities: scopes.map((scope) => words.get(scope) ?? scope),
    despite: scopes.flatMap((scope) => exceptions.get(scope) ?? []),
  }
}
