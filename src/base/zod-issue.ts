import type { z } from 'zod'

/** Whether a zod issue says that a value is missing; zod has no code for it. */
export const saysMissing = ({ code, message }: { code: string; message: string }): boolean =>
  code === 'invalid_type' && message.endsWith('received undefined')

/** What is wrong with one value, to follow its name: zod's own words, which name types and sizes but never quote the value. */
export const issueMessage = (issue: z.core.$ZodIssue): string => (saysMissing(issue) ? 'is missing' : issue.message)
