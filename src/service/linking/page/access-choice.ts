import type { CustomAuth } from '../../../kit/index.js'
import type { TriedAccount } from '../../accounts/trial.js'
import type { LinkDraft } from '../link.js'

/** What a person decides before an account is stored: whether anything may be changed through it. */
export interface LinkChoice extends Pick<TriedAccount, 'identifier' | 'server'> {
  /** Sent back with the decision, so that what is decided is what was shown. */
  draftId: string
  /** What the credential can do, in a person's words; empty where that could not be found out. */
  abilities: string[]
  /** What being read-only would not stop: sentences. */
  despite: string[]
}

/** True where the credential can change something, or may be able to, and the configuration does not say that it should not. */
export function mustAskForAccess(
  custom: CustomAuth | undefined,
  configuration: Record<string, unknown>,
  account: TriedAccount,
): boolean {
  const field = custom?.readOnly?.field
  return field !== undefined && configuration[field] !== true && account.readOnly !== true
}

/** @returns the configuration with the person's decision in it */
export function withDecision(
  custom: CustomAuth | undefined,
  configuration: Record<string, unknown>,
  readOnly: boolean,
): Record<string, unknown> {
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
