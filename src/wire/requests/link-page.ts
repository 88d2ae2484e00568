import { z } from 'zod'
import { sentences } from './sentences.js'
import { filledText } from './texts.js'

/** Ties the form to the page it was sent from. A form without it is refused as one with a wrong one. */
const form_token = z.string().default('')

/** What a person sends without filling in anything: confirm, authorize, correct, cancel. */
export const buttonForm = z.object({ form_token })

export const signInForm = z.object({ form_token, secret: z.string().default('') })

/** The connector's own fields beside ours, under names with a prefix. */
export const configurationForm = z.object({ form_token }).catchall(z.string())

export const accessForm = z
  .object({
    form_token,
    draft: z.string().default(''),
    access: z.enum(['read_only', 'write', 'as_it_is'], 'is missing'),
    /** Another name than the one that was shown. */
    name: filledText(255).optional(),
  })
  .register(sentences, {
    access: 'Press one of the buttons: nothing was linked.',
    name: 'Give the account a name of 1 to 255 characters: nothing was linked.',
  })

/** `GET /connect/service.json`: what is no challenge gets no proof. */
export const serviceProofQuery = z.object({
  challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,64}$/)
    .optional()
    .catch(undefined),
})
