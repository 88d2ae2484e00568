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
  .register(sentences, { identifier: `The identifier must have 1 to ${IDENTIFIER_LIMIT} characters.` })

/** `POST /auth/tokens`. A malformed body is refused like a wrong login, so that the answer reveals nothing. */
export const loginBody = z.object({
  identifier: z.string().meta({ examples: ['ada@example.com'] }),
  secret: z.string().meta({ description: 'The secret that was shown when the user was created.' }),
})
