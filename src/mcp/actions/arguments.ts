import * as z from 'zod'
import { connectorName } from '../names.js'
import { MAX_TOKENS } from '../results/present.js'
import type { ToolAnswer } from '../tool.js'

/** As the account of a call: all of the connector's accounts. */
export const ALL_ACCOUNTS = '*'

/** How the answer is to be: of every tool that shows what a third party sent. */
export const answerArguments = {
  response_fields: z.array(z.string().min(1)).optional().describe('Dotted paths to keep, as user.login; ["*"] for all'),
  response_filters: z.array(z.record(z.string(), z.unknown())).optional().describe('Conditions on items'),
  limit: z.number().int().min(1).optional().describe('Most items'),
  max_tokens: z.number().int().min(200).max(100_000).optional().describe(`Of the answer; ${MAX_TOKENS} by default`),
  format: z.enum(['columns', 'objects']).optional().describe('Of long lists'),
}

/** The arguments of every tool that runs an action. */
export const runArguments = z.strictObject({
  connector: connectorName,
  action: z.string(),
  params: z.record(z.string(), z.unknown()).optional().describe("The action's parameters"),
  identifier: z.string().min(1).optional().describe('Account, if not the default; * reads from all'),
  ...answerArguments,
  cursor: z.string().min(1).optional().describe('meta.forwards_cursor of the page before'),
  page: z.number().int().min(1).optional(),
  all_pages: z.boolean().optional().describe('Follow pages, to 1,000 items'),
})
export type RunArguments = z.output<typeof runArguments>

export const runOutput = z.object({
  data: z.unknown(),
  meta: z.record(z.string(), z.unknown()).nullable(),
  acted_as: z.string().nullable(),
})

export type Executed = ToolAnswer<z.input<typeof runOutput>>

export interface RunOptions {
  /** True lets the action only read, and refuses one of which that is not sure. */
  readOnly: boolean
  maxAttempts?: number | undefined
}

/** Said to a caller who puts the action's parameters among the tool's. */
export const STRAY_PARAMETERS = "The action's own parameters go into params."
