import * as z from 'zod'
import { linkedNotes, WAIT_SECONDS, waitForLink } from '../links/link-page.js'
import { linkedAccountFields, linkedAccountOf, replacedOtherAccount } from '../links/linked-account.js'
import { defineTool, READS } from '../tool.js'

/** Tells how far a link is. @see the section "Integrations" of the HTTP contract */
export const checkLink = defineTool({
  name: 'check_link',
  title: 'Check link',
  description:
    'See whether the person has finished a link that link_integration began; waits while they are in the browser. Repeat while the status is pending.',
  annotations: READS,
  input: z.strictObject({
    link_id: z
      .string()
      .refine((id) => /^[\w-][\w.~-]{0,255}$/.test(id), 'is not a link_id; link_integration returns one'),
    wait_seconds: z.number().int().min(0).max(WAIT_SECONDS).default(WAIT_SECONDS),
  }),
  output: z.object({
    status: z.enum(['linked', 'pending']),
    connector: z.string(),
    link_id: z.string(),
    user_identifier: z.string().nullable().optional(),
    selected: z.boolean().nullable().optional(),
    ...linkedAccountFields,
  }),
  async run({ link_id, wait_seconds }, call) {
    const found = await waitForLink(call, link_id, wait_seconds)
    const { connector, user_identifier, selected } = found
    if (found.status === 'linked')
      return {
        shown: {
          status: 'linked' as const,
          ...{ connector, link_id, user_identifier, selected, replaced: replacedOtherAccount(found) },
          ...linkedAccountOf(found),
        },
        notes: linkedNotes(connector, found),
      }
    return {
      shown: { status: 'pending' as const, connector, link_id },
      notes: [
        `${found.message || 'The person has not finished in the browser.'} Call check_link with this link_id again; the call of link_integration that began it gives the page again.`,
      ],
    }
  },
})
