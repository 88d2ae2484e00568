import { z } from 'zod'
import { sentences } from './sentences.js'
import { filledText } from './texts.js'

/** Ties the form to the page it was sent from. A form without it is refused like one with a wrong token. */
const form_token = z.string().default('')

/** A form that is only a button: confirm, authorize, correct, cancel. */
export const buttonForm = z.object({ form_token })

export const signInForm = z.object({ form_token, secret: z.string().default('') })

/** The connector's fields, under names with a prefix, in addition to our own. */
export const configurationForm = z.object({ form_token }).catchall(z.string())

export const accessForm = z
  .object({
    form_token,
    draft: z.string().default(''),
    access: z.enum(['read_only', 'write', 'as_it_is'], 'is missing'),
    /** A name that replaces the one shown. */
    name: filledText(255).optional(),
  })
  .register(sentences, {
    access: 'Press one of the buttons. Nothing is linked yet.',
    name: 'Give the account a name of 1 to 255 characters. Nothing is linked yet.',
  })

/** `GET /connect/service.json`: a malformed challenge gets no proof. */
export const serviceProofQuery = z.object({
  challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,64}$/)
    .optional()
    .catch(undefined),
})
