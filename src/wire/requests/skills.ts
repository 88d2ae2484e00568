import { z } from 'zod'

/** `GET /api/skills/{id}/download/{client}`: what makes the address authorise itself. What does not fit is not found. */
export const skillDownloadQuery = z.object({
  expires: z.preprocess((text) => (typeof text === 'string' ? Number(text) : text), z.int()),
  signature: z.string(),
})
