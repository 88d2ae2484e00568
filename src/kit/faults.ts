import type { z } from 'zod'

/** What is wrong with one value, to follow its name: zod's own words, which name types and sizes and quote no value. */
export const faultOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined') ? 'is missing' : issue.message
