import * as z from 'zod'

/** What is known of an account that was linked, as the tools that link tell it. */
export const linkedAccountFields = {
  replaced: z.boolean().nullable().optional(),
  replaced_account: z.string().optional(),
  title: z.string().optional(),
  auth_scopes: z.array(z.string()).optional(),
  server: z.object({ name: z.string(), version: z.string() }).optional(),
  read_only: z.boolean().optional(),
}

/** What a service says of it; a field that an older one does not know is missing. */
export interface LinkedAccountFacts {
  user_identifier?: string | null | undefined
  title?: string | null | undefined
  auth_scopes?: string[] | null | undefined
  server?: { name: string; version: string } | null | undefined
  read_only?: boolean | null | undefined
  /** True also where the same account got a new credential. */
  replaced?: boolean | null | undefined
  /** What was linked under its name before, where that is more than a new credential. */
  replaced_account?: string | null | undefined
}

/** The fields of that which say something. */
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

/** Whether something else was linked under its name before, as far as the service tells that from a new credential. */
export const replacedOtherAccount = ({ replaced, replaced_account }: LinkedAccountFacts): boolean | null | undefined =>
  replaced_account === undefined ? replaced : typeof replaced_account === 'string'

/** What it means to an agent. What stands in the fields is a third party's text, so it stands there alone. */
export function accessNotes({ read_only }: LinkedAccountFacts): string[] {
  if (typeof read_only !== 'boolean') return []
  return [read_only ? 'It is read-only: nothing can be changed through it.' : 'Something can be changed through it.']
}

/** How it was linked. */
export function linkedNote(connector: string, { replaced, replaced_account }: LinkedAccountFacts): string {
  if (typeof replaced_account === 'string')
    return `The account at ${connector} is linked and took the place of what was linked under its name, told in replaced_account. Tell the person.`
  return replaced === true
    ? `This account at ${connector} was linked already: it got the new credential, and no second one was made.`
    : `The account at ${connector} is linked.`
}
