import * as z from 'zod'
import { ConnectorsError } from '../../base/errors.js'
import { Secret } from '../../base/secret.js'
import { defineTool, type ToolAnswer, type ToolCall } from '../tool.js'

/**
 * Creates a user. Its secret goes into the session, and is saved on this machine where no user is logged in yet; then it is
 * not shown. Otherwise it goes to the person in a block whose audience is the user alone: an MCP client that does not look
 * at audiences shows that to the model, too.
 * @see the section "Users and tokens" of the HTTP contract
 */
export const registerUser = defineTool({
  name: 'register_user',
  title: 'Register user',
  description:
    'Create the user whose accounts will be linked, once per person. The new secret is saved on this machine, or else shown to the person only. Next: authenticate, without arguments.',
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  input: z.strictObject({
    identifier: z.string().min(1).max(255).describe('Name of the user, such as an e-mail address'),
  }),
  output: z.object({ id: z.string(), identifier: z.string() }),
  async run({ identifier }, call) {
    const user = await (await call.client()).createUser(identifier).catch((error: unknown) => {
      throw sayingHowToReset(error, call)
    })
    const secret = new Secret(user.secret)
    call.session.remember(user.identifier, secret)
    // Should saving fail, the secret must not be lost: then it is shown.
    const isSaved = (await call.saveLogin?.(user.identifier, secret).catch(() => false)) ?? false
    return {
      shown: { id: user.id, identifier: user.identifier },
      ...(isSaved ? saved(call.command) : toPerson(secret)),
    }
  },
})

const NEXT = 'Next: call authenticate without arguments.'

const saved = (command: string): Omit<ToolAnswer, 'shown'> => ({
  notes: [
    `The user exists. The secret is saved on this machine, so later conversations find the user by themselves; the person can print a copy by \`${command} auth secret\` in a terminal.`,
    NEXT,
  ],
})

const toPerson = (secret: Secret): Omit<ToolAnswer, 'shown'> => ({
  notes: [`The user exists. The secret was given to the person and is kept by this session. ${NEXT}`],
  blocks: [
    {
      type: 'text',
      text: `Secret of the user, shown only now. Keep it in a safe place: ${secret.reveal()}`,
      annotations: { audience: ['user'] },
    },
  ],
})

/**
 * A user of that name may be the person, without the secret; the owner of the data folder makes another one. The name is what
 * the model was given, perhaps by a third party, so it is not repeated in the sentence.
 */
function sayingHowToReset(error: unknown, { saveLogin, command }: ToolCall): unknown {
  if (!(error instanceof ConnectorsError) || error.code !== 'USER_EXISTS' || !saveLogin) return error
  const how = `If its secret is lost, the person makes another one by \`${command} users reset IDENTIFIER --login\` in a terminal, and keeps the accounts.`
  return new ConnectorsError(error.code, `${error.message} ${how}`, { cause: error })
}
