import { z } from 'zod'
import { sentences } from './sentences.js'
import { filledText } from './texts.js'

const IDENTIFIER_LIMIT = 255

const identifier = filledText(IDENTIFIER_LIMIT).meta({
  description: 'The name of the user, unique within the client.',
  examples: ['ada@example.com'],
})

/** `POST /users` */
export const createUserBody = z
  .object({ identifier })
  .register(sentences, { identifier: `The identifier takes 1 to ${IDENTIFIER_LIMIT} characters.` })

/** `POST /auth/tokens`. What does not fit is refused as a wrong login is, so that nothing can be told from the answer. */
export const loginBody = z.object({
  identifier: z.string().meta({ examples: ['ada@example.com'] }),
  secret: z.string().meta({ description: 'The secret that was shown when the user was created.' }),
})
