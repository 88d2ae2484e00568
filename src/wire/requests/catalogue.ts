import { z } from 'zod'
import { wholeNumber } from './numbers.js'
import { sentences } from './sentences.js'

const PAGE = { fallback: 50, most: 200 }
const COUNT = { fallback: 10, most: 50 }
const KINDS = ['tools', 'mcp', 'skills'] as const
const EFFECTS = ['read', 'create', 'update', 'delete'] as const

/** The parts of a comma-separated list, trimmed, without empty ones. */
const listed = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

const page = {
  limit: wholeNumber(1, PAGE.most, `must be from 1 to ${PAGE.most}`).default(PAGE.fallback),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'is not 0 or more').default(0),
}
const q = z.string().optional().meta({ description: 'A part of the name or description, in any case.' })
const category = z.string().optional()

/** `GET /catalog/skills`, `GET /api/skills` */
export const pageQuery = z.object(page)
export type PageQuery = z.output<typeof pageQuery>

/** `GET /catalog/tools` */
export const catalogToolsQuery = z.object({ q, connector: z.string().optional(), category, ...page })

/** `GET /catalog/mcp` */
export const catalogMcpQuery = z.object({ q, category, ...page })

/** `GET /connectors/` */
export const connectorsQuery = z.object({
  modules: z
    .string()
    .transform((text) => (text === '' ? undefined : listed(text)))
    .optional()
    .meta({
      description: 'Names of connectors, separated by commas; unknown names are left out.',
      examples: ['sql,github'],
    }),
})

/** `GET /mcps/list` */
export const mcpListQuery = z.object({
  source: z.enum(['internal', 'external', 'all']).catch('all').default('all'),
})

/** Names of which a search takes only these; undefined for all. */
const chosen = z
  .string()
  .optional()
  .transform((text): ReadonlySet<string> | undefined => {
    const names = listed(text ?? '')
    return names.length > 0 ? new Set(names) : undefined
  })

/** `GET /catalog/search` */
export const searchQuery = z
  .object({
    q: z.string('is empty').trim().min(1, 'is empty').meta({ description: 'A need, in words.' }),
    kinds: z
      .string()
      .optional()
      .transform((text) => listed(text ?? ''))
      .refine((kinds) => kinds.every(isKind), 'names a kind that does not exist')
      .transform((kinds): ReadonlySet<string> => new Set(kinds.length > 0 ? kinds : KINDS))
      .meta({ description: `Any of ${KINDS.join(', ')}, separated by commas; all by default.` }),
    count: wholeNumber(1, COUNT.most, `must be from 1 to ${COUNT.most}`)
      .default(COUNT.fallback)
      .meta({ description: 'The most results of each kind.' }),
    connectors: chosen.meta({
      description: 'Names of the connectors to search, separated by commas; all by default.',
      examples: ['sql,github'],
    }),
    effect: chosen
      .refine((effects) => [...(effects ?? [])].every(isEffect), 'names an effect that does not exist')
      .meta({ description: `Any of ${EFFECTS.join(', ')}, separated by commas; all by default.` }),
  })
  .register(sentences, {
    q: 'The search needs a text in q.',
    kinds: `kinds must be a list of ${KINDS.join(', ')}.`,
    count: `count must be a whole number from 1 to ${COUNT.most}.`,
    effect: `effect must be a list of ${EFFECTS.join(', ')}.`,
  })

const isKind = (kind: string): boolean => KINDS.some((known) => known === kind)
const isEffect = (effect: string): boolean => EFFECTS.some((known) => known === effect)
