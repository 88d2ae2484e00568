import { z } from 'zod'

export const newClient = z.looseObject({
  id: z.string(),
  name: z.string(),
  api_key: z.string(),
  is_active: z.boolean(),
})
export type NewClient = z.infer<typeof newClient>

/** The origins that callback URLs of a client's links may lead to; an empty list allows any. */
export const callbackOriginList = z.looseObject({ callback_origins: z.array(z.string()) })
export type CallbackOriginList = z.infer<typeof callbackOriginList>

/** With which a client checks the signatures of what is posted to its callback URLs. */
export const callbackSecret = z.looseObject({ callback_secret: z.string() })
export type CallbackSecret = z.infer<typeof callbackSecret>
