import * as z from 'zod'
import { Secret } from '../../base/secret.js'
import { defineTool } from '../tool.js'

/** Logs the session in. @see the section "Users and tokens" of the HTTP contract */
export const authenticate = defineTool({
  name: 'authenticate',
  title: 'Log in',
  description:
    'Log in as a user. Without arguments it uses the user just registered, the saved login or the environment. Give a secret only if the person wrote it here. Next: search_actions.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    identifier: z.string().min(1).optional().describe('User to log in as'),
    secret: z.string().min(1).optional().describe('Secret of that user'),
  }),
  output: z.object({ identifier: z.string(), expires_at: z.string().nullable() }),
  async run({ identifier, secret }, { client, session }) {
    const loggedIn = await session.authenticate(await client(), {
      ...(identifier === undefined ? {} : { identifier }),
      ...(secret === undefined ? {} : { secret: new Secret(secret) }),
    })
    return {
      shown: loggedIn,
      notes: [
        'Logged in; later calls log in again by themselves. Next: search_actions finds actions for a need; list_connectors shows what can be linked and what is.',
      ],
    }
  },
})
