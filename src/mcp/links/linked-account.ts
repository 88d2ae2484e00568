import * as z from 'zod'

/** What the trial of an account found, as the tools that link tell it. */
export const foundFields = {
  auth_scopes: z.array(z.string()).optional(),
  server: z.object({ name: z.string(), version: z.string() }).optional(),
  read_only: z.boolean().optional(),
}

interface Found {
  auth_scopes?: string[] | null | undefined
  server?: { name: string; version: string } | null | undefined
  read_only?: boolean | null | undefined
}

/** The fields of that which say something. */
export const foundOf = ({ auth_scopes, server, read_only }: Found) => ({
  ...(auth_scopes && auth_scopes.length > 0 ? { auth_scopes } : {}),
  ...(server ? { server } : {}),
  ...(typeof read_only === 'boolean' ? { read_only } : {}),
})

/** What it means to an agent. What answered is a third party's text, so it stands elsewhere. */
export function foundNotes({ read_only }: Found): string[] {
  if (typeof read_only !== 'boolean') return []
  return [read_only ? 'It is read-only: nothing can be changed through it.' : 'Something can be changed through it.']
}
