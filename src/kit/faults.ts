import type { z } from 'zod'
import { saysMissing } from '../base/missing.js'

/** What is wrong with one value, to follow its name: zod's own words, which name types and sizes and quote no value. */
export const faultOf = (issue: z.core.$ZodIssue): string => (saysMissing(issue) ? 'is missing' : issue.message)
