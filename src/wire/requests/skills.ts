import { z } from 'zod'

/**
 * `GET /api/skills/{id}/download/{client}`: what makes the address self-authorising. A malformed query is answered as not
 * found.
 */
export const skillDownloadQuery = z.object({
  expires: z.preprocess((text) => (typeof text === 'string' ? Number(text) : text), z.int()),
  signature: z.string(),
})
