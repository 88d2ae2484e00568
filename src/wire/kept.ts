import { z } from 'zod'

/** A file that is kept for the user. An addition of this service. */
export const keptFile = z.looseObject({
  handle: z.string(),
  filename: z.string().nullable(),
  content_type: z.string().nullable(),
  /** Bytes. */
  size: z.number().int(),
  /** ISO 8601. */
  expires_at: z.string(),
})
export type KeptFile = z.infer<typeof keptFile>

/** A result that is kept for the user. An addition of this service. */
export const keptResult = z.looseObject({
  handle: z.string(),
  /** Bytes of its JSON. */
  size: z.number().int(),
  /** ISO 8601. */
  expires_at: z.string(),
})
export type KeptResult = z.infer<typeof keptResult>
