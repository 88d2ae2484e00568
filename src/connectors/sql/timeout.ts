import { z } from '../../kit/index.js'

/** How long the database may take. Milliseconds. */
export const timeout = z
  .number()
  .int()
  .min(1)
  .max(300_000)
  .default(30_000)
  .describe('Milliseconds after which the statement is stopped, up to 300000')
