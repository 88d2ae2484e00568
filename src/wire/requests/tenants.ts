import { z } from 'zod'
import { sentences } from './sentences.js'
import { filledText } from './texts.js'

const NAME_LIMIT = 100

/** `POST /clients` */
export const createClientBody = z
  .object({
    name: filledText(NAME_LIMIT).meta({ description: 'Unique in this service.', examples: ['my-team'] }),
  })
  .register(sentences, { name: `A client's name must have 1 to ${NAME_LIMIT} characters.` })

/** `PUT /clients/callback-origins`. The service decides which origins are valid, and how many there may be. */
export const callbackOriginsBody = z
  .object({
    callback_origins: z.array(z.string('is not a text'), 'does not fit').meta({
      description:
        'Scheme, host and port of each, nothing else; http for this machine only; at most 50. An empty list allows any.',
      examples: [['https://app.example', 'http://127.0.0.1']],
    }),
  })
  .register(sentences, {
    callback_origins:
      'callback_origins must be a list of origins, such as ["https://app.example"]; an empty list allows any.',
  })
