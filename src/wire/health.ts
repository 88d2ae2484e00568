import { z } from 'zod'

/** That the service answers. */
export const health = z.looseObject({ status: z.literal('ok') })
