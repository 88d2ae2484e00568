import * as z from 'zod'
import { Secret } from '../../base/secret.js'
import { defineTool } from '../tool.js'

/**
 * Creates a user. Its secret goes into the session, and to the person in a block whose audience is the user alone: an MCP
 * client that does not look at audiences shows that to the model, too.
 * @see the section "Users and tokens" of the HTTP contract
 */
export const registerUser = defineTool({
  name: 'register_user',
  title: 'Register user',
  description:
    'Create the user whose accounts will be linked, once per person. The session keeps the new secret and shows it to the person only. Next: authenticate, without arguments.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({
    identifier: z.string().min(1).max(255).describe('Name of the user, such as an e-mail address'),
  }),
  output: z.object({ id: z.string(), identifier: z.string() }),
  async run({ identifier }, { client, session }) {
    const user = await (await client()).createUser(identifier)
    session.remember(user.identifier, new Secret(user.secret))
    const text = `Secret of the user, shown only now. Keep it in a safe place: ${user.secret}`
    return {
      structured: { id: user.id, identifier: user.identifier },
      notes: [
        'The user exists. The secret was given to the person and is kept by this session. Next: call authenticate without arguments.',
      ],
      blocks: [{ type: 'text', text, annotations: { audience: ['user'] } }],
    }
  },
})
