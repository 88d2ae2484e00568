import { z } from 'zod'
import { sentences } from './sentences.js'

/** Ties the form to the page it was sent from. A form without it is refused as one with a wrong one. */
const form_token = z.string().default('')

/** What a person sends without filling in anything: confirm, authorize, correct, cancel. */
export const buttonForm = z.object({ form_token })

export const signInForm = z.object({ form_token, secret: z.string().default('') })

/** The connector's own fields beside ours, under names with a prefix. */
export const configurationForm = z.object({ form_token }).catchall(z.string())

export const accessForm = z
  .object({ form_token, draft: z.string().default(''), access: z.enum(['read_only', 'write'], 'is missing') })
  .register(sentences, { access: 'Press one of the two buttons: nothing was linked.' })

/** `GET /connect/service.json`: what is no challenge gets no proof. */
export const serviceProofQuery = z.object({
  challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,64}$/)
    .optional()
    .catch(undefined),
})
