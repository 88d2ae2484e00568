import * as z from 'zod'

/** Facts about a newly linked account, in the output of the tools that link. */
export const linkedAccountFields = {
  replaced: z.boolean().nullable().optional(),
  replaced_account: z.string().optional(),
  title: z.string().optional(),
  auth_scopes: z.array(z.string()).optional(),
  server: z.object({ name: z.string(), version: z.string() }).optional(),
  read_only: z.boolean().optional(),
}

/** The service's facts about it; fields that an older service does not know are missing. */
export interface LinkedAccountFacts {
  user_identifier?: string | null | undefined
  title?: string | null | undefined
  auth_scopes?: string[] | null | undefined
  /** What was asked for and not granted. */
  missing_scopes?: string[] | null | undefined
  server?: { name: string; version: string } | null | undefined
  read_only?: boolean | null | undefined
  /** Also true if the same account got a new credential. */
  replaced?: boolean | null | undefined
  /** The account that was linked under its name before, if it was another one. */
  replaced_account?: string | null | undefined
}

/** Those facts without the empty ones. */
export const linkedAccountOf = ({
  user_identifier,
  title,
  auth_scopes,
  server,
  read_only,
  replaced_account,
}: LinkedAccountFacts) => ({
  ...(title && title !== user_identifier ? { title } : {}),
  ...(auth_scopes && auth_scopes.length > 0 ? { auth_scopes } : {}),
  ...(server ? { server } : {}),
  ...(typeof read_only === 'boolean' ? { read_only } : {}),
  ...(typeof replaced_account === 'string' ? { replaced: true, replaced_account } : {}),
})

/** Whether another account was linked under its name before, as far as the service distinguishes that from a new credential. */
export const replacedOtherAccount = ({ replaced, replaced_account }: LinkedAccountFacts): boolean | null | undefined =>
  replaced_account === undefined ? replaced : typeof replaced_account === 'string'

/** What the facts mean for an agent, without their values, which are a third party's text. */
export function accessNotes({ read_only, missing_scopes }: LinkedAccountFacts): string[] {
  return [
    ...(missing_scopes?.length ? [notGranted(missing_scopes)] : []),
    ...(typeof read_only === 'boolean'
      ? [read_only ? 'It is read-only: it does not allow any changes.' : 'It allows changes.']
      : []),
  ]
}

/** How scopes look. They are what the service asked for, so they may stand in a sentence. */
const SCOPE = /^[\w:/.-]{1,200}$/
const MOST_SCOPES = 20

function notGranted(missing: string[]): string {
  const names = missing.filter((scope) => SCOPE.test(scope)).slice(0, MOST_SCOPES)
  return `The person did not allow all that was asked for, so what needs it will fail (not allowed: ${names.join(', ')}). Tell the person; to allow it, link the account again and tick every box.`
}

/** What the link did. */
export function linkedNote(connector: string, { replaced, replaced_account }: LinkedAccountFacts): string {
  if (typeof replaced_account === 'string')
    return `The account at ${connector} is linked. It replaced the account that was linked under its name, given in replaced_account. Tell the person.`
  return replaced === true
    ? `This account at ${connector} was linked already: it now has the new credential, and no second account was created.`
    : `The account at ${connector} is linked.`
}
